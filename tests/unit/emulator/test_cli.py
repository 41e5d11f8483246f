"""The `emulate` command as far as it goes without a reader."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.cli import emulate
from cardreader.emulator.errors import AuthorityUnusable
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import FORGERIES

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_the_list_names_every_sample_with_its_number() -> None:
    result = CliRunner().invoke(emulate, ["--list"])
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()] == [
        [name, citizen.id_number] for name, citizen in SAMPLES.items()
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--sample", "nobody"],
        ["--sample", "mau-thu", "--tamper", "dg3"],
        ["--sample", "mau-thu", "--habit", "usual", "--habit", "unheard-of"],
        ["--sample", "mau-thu", "--port", "1"],
    ],
    ids=["no sample", "unknown sample", "unknown forgery", "unknown habit", "unknown port"],
)
def test_a_wrong_call_is_a_usage_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(emulate, arguments).exit_code == 2


def test_the_help_names_every_habit_and_every_forgery() -> None:
    words = set(CliRunner().invoke(emulate, ["--help"]).stdout.replace(",", " ").replace(":", " ").split())
    assert words.issuperset(HABITS)
    assert words.issuperset(FORGERIES)


def test_a_damaged_authority_is_explained_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    result = CliRunner().invoke(emulate, ["--sample", "mau-thu", "--authority", str(tmp_path)])
    assert result.exit_code == 3
    assert "Không dùng được" in result.stderr
    assert "cannot be used" in result.stderr
    assert result.stdout == ""


def test_an_authority_is_made_on_first_use_and_found_again(tmp_path: Path) -> None:
    first = TrainingAuthority.open(tmp_path / "new", now=NOW)
    assert TrainingAuthority.open(tmp_path / "new", now=NOW).csca == first.csca


def test_an_expired_authority_is_refused_instead_of_issuing_cards_that_nobody_trusts(tmp_path: Path) -> None:
    TrainingAuthority.open(tmp_path, now=NOW)
    with pytest.raises(AuthorityUnusable):
        TrainingAuthority.open(tmp_path, now=NOW + timedelta(days=365 * 11))
