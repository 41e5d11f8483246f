"""The desk's settings: the environment over the file, and a clear refusal of what cannot be."""

from pathlib import Path

import pytest

from clinics.errors import GatewayInsecure, NotPaired, SettingsInvalid
from clinics.settings import load_settings, save_settings


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(tmp_path, gateway_url="https://gateway.example", facility="33999")
    monkeypatch.setenv("TIEPDON_CLINIC_FACILITY", "33001")
    settings = load_settings(tmp_path)
    assert (settings.facility, settings.gateway_url) == ("33001", "https://gateway.example")


def test_a_change_keeps_what_else_the_file_says(tmp_path: Path) -> None:
    save_settings(tmp_path, facility="33999", reader='ACR122U "PICC" \\ 00', training=True)
    save_settings(tmp_path, client_id="desk-1")
    settings = load_settings(tmp_path)
    assert (settings.facility, settings.reader, settings.training) == ("33999", 'ACR122U "PICC" \\ 00', True)
    assert settings.client_id == "desk-1"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("facilty = '33999'", "facilty"),
        ("facility = '339'", "facility"),
        ("desk_port = 0", "desk_port"),
        ("gateway_url = 'gateway.example'", "gateway_url"),
        ("gateway_url = 'https://user:secret@gateway.example'", "gateway_url"),
        ("read_seconds = inf", "read_seconds"),
        ('dg13_legal_basis = "a\\nb"', "dg13_legal_basis"),
        ("= ?", "clinic.toml"),
    ],
    ids=[
        "misspelled",
        "short-facility",
        "port-0",
        "no-scheme",
        "password-in-address",
        "endless",
        "two-lines",
        "no-toml",
    ],
)
def test_an_impossible_setting_is_refused_by_name_and_not_repeated(
    tmp_path: Path, line: str, named: str
) -> None:
    (tmp_path / "clinic.toml").write_text(line)
    with pytest.raises(SettingsInvalid, match=named) as refused:
        load_settings(tmp_path)
    assert "secret" not in str(refused.value)


def test_an_impossible_change_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    save_settings(tmp_path, facility="33999")
    with pytest.raises(SettingsInvalid):
        save_settings(tmp_path, facility="Hưng Yên")
    assert load_settings(tmp_path).facility == "33999"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost", "https://gateway.example"])
def test_a_paired_desk_may_speak_to_a_secure_address_or_this_machine(tmp_path: Path, address: str) -> None:
    save_settings(tmp_path, gateway_url=address, facility="33999", client_id="desk-1")
    load_settings(tmp_path).require_paired()


def test_plain_http_to_another_machine_is_refused(tmp_path: Path) -> None:
    save_settings(tmp_path, gateway_url="http://gateway.example", facility="33999", client_id="desk-1")
    with pytest.raises(GatewayInsecure):
        load_settings(tmp_path).require_paired()


def test_a_desk_without_a_client_id_says_what_is_missing(tmp_path: Path) -> None:
    save_settings(tmp_path, gateway_url="https://gateway.example/fhir/", facility="33999")
    assert load_settings(tmp_path).gateway_url == "https://gateway.example"
    with pytest.raises(NotPaired, match="client_id"):
        load_settings(tmp_path).require_paired()
