"""The page of settings and exit codes says what the code does: every name, default and code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

import cardreader.commands.exits
import clinics.exits
import clinics.settings
import gateway.exits
import gateway.settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
NAME = re.compile(r"TIEPDON_(?:GATEWAY|CLINIC|CARD|CLERK)_[A-Z_]*[A-Z]")
PROGRAMS = [
    pytest.param(gateway.settings.Settings, gateway.settings.PREFIX, id="gateway"),
    pytest.param(clinics.settings.ClinicSettings, clinics.settings.PREFIX, id="desk"),
]


@pytest.mark.parametrize(("settings", "prefix"), PROGRAMS)
def test_every_setting_is_on_the_page_with_its_default(settings: type[BaseSettings], prefix: str) -> None:
    listed = {row[0]: row[1] for row in rows() if row[0].startswith(prefix)}
    listed.pop(f"{prefix}CONFIG", None)  # names the file, and so stands in no file
    assert listed == {
        prefix + name.upper(): default(field.default)
        for name, field in settings.model_fields.items()
        if not field.is_required()
    } | {prefix + "DATA_DIR": listed[prefix + "DATA_DIR"]}
    assert all(meaning for name, _, meaning in rows() if name.startswith(prefix))


def test_the_gateways_settings_mean_what_the_code_says_of_them() -> None:
    meanings = {name: meaning for name, _, meaning in rows()}
    for name, field in gateway.settings.Settings.model_fields.items():
        assert meanings[gateway.settings.PREFIX + name.upper()] == field.description


def test_the_data_folders_are_where_the_page_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = {name: value for name, value, _ in rows() if name.endswith("_DATA_DIR")}
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("TIEPDON_CLINIC_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert clinics.settings.data_directory() == Path(folders["TIEPDON_CLINIC_DATA_DIR"]).expanduser()
    default_folder = gateway.settings.Settings.model_fields["data_dir"].default
    assert Path(folders["TIEPDON_GATEWAY_DATA_DIR"]) == default_folder


def test_every_variable_that_the_code_or_a_remedy_names_is_on_the_page() -> None:
    sources = [
        file
        for room in ("failures", "cardreader", "clinics", "gateway")
        for pattern in ("*.py", "*.csv")
        for file in (ROOT / room).rglob(pattern)
    ]
    named = {name for file in sources for name in NAME.findall(file.read_text(encoding="utf-8"))}
    assert named
    assert named - set(NAME.findall(PAGE)) == set()


def test_the_exit_codes_are_those_of_the_three_programs() -> None:
    listed = {name: int(code) for code, name, _ in rows() if code.isdigit()}
    assert listed == {"done": 0, "usage": 2, "card": 3, "network": 4, "refused": 5}
    desk, card, insurer = clinics.exits, cardreader.commands.exits, gateway.exits
    assert listed["usage"] == desk.USAGE == card.EXIT_USAGE == insurer.USAGE
    assert listed["card"] == desk.CARD == card.EXIT_CARD
    assert listed["network"] == desk.NETWORK == insurer.NETWORK
    assert listed["refused"] == desk.REFUSED == card.EXIT_NOT_GENUINE == insurer.REFUSED


def rows() -> Iterator[list[str]]:
    """Return the cells of every table row of three cells, without their backquotes."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3:
            first, second, third = cells
            yield [first.strip("`"), second.strip("`"), third]


def default(value: object) -> str:
    """Return a default as the page writes it."""
    if value in {None, ""}:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
