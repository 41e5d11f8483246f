"""The `emulate` command as far as it goes without a reader."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.cli import emulate
from cardreader.emulator.errors import AuthorityUnusable
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES, code_text
from cardreader.emulator.tampering import FORGERIES
from cardreader.qr import parse_qr

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
        ["--sample", "mau-thu", "--tamper", "card-security"],
        ["--sample", "mau-thu", "--habit", "no-pace", "--habit", "no-bac"],
        ["--sample", "mau-thu", "--habit", "pace-im-aes128", "--habit", "no-pace"],
        ["--sample", "mau-thu", "--habit", "aa-rsa1024", "--habit", "ca-alone"],
    ],
    ids=[
        "no sample",
        "unknown sample",
        "unknown forgery",
        "unknown habit",
        "unknown port",
        "a forgery of what the card does not have",
        "no way in",
        "PACE off and shaped",
        "a key and no key",
    ],
)
def test_a_wrong_call_is_a_usage_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(emulate, arguments).exit_code == 2


def test_the_help_names_every_forgery() -> None:
    words = set(CliRunner().invoke(emulate, ["--help"]).stdout.replace(",", " ").replace(":", " ").split())
    assert words.issuperset(FORGERIES)


def test_every_habit_is_listed_with_a_line_of_its_own() -> None:
    lines = CliRunner().invoke(emulate, ["--list-habits"]).stdout.splitlines()
    said = dict(line.split("\t") for line in lines)
    assert list(said) == list(HABITS)
    assert len(set(said.values())) == len(said)


def test_a_mistyped_habit_is_answered_with_the_nearest_ones_alone() -> None:
    said = CliRunner().invoke(emulate, ["--sample", "mau-thu", "--habit", "no-pase"]).stderr
    assert "no-pace" in said
    assert "sod-by-key-id" not in said


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "training")
    result = CliRunner().invoke(emulate, ["--sample", "mau-thu", "--authority", folder])
    assert result.exit_code == 3
    assert "emulator.authority-unusable" in result.stderr


def test_the_text_of_the_printed_code_opens_the_card() -> None:
    citizen = SAMPLES["mau-thu"]
    code = parse_qr(code_text(citizen))
    assert (code.id_number, code.birth_date, code.issue_date) == (
        "033300000001",
        "1995-04-12",
        date(2021, 6, 15),
    )


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
