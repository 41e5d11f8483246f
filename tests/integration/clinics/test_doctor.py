"""`tiepdon-clinic doctor`, `pair`: every part of a desk, good and bad, with the remedy."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clinics import doctor
from clinics.arrivals import CHECK_IN
from clinics.cli import main
from clinics.doctor import Finding, examine
from clinics.outbox import Outbox
from clinics.settings import load_settings, save_settings
from failures import failure
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway


@pytest.fixture(autouse=True)
def _no_virtual_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine that runs the tests has a virtual reader; a desk has none."""
    monkeypatch.setattr(doctor, "VPCD_PLACES", (tmp_path / "etc",))
    return None


def _examined(desk: Desk, *, later: timedelta = timedelta()) -> dict[str, Finding]:
    settings = load_settings(desk.settings.data_dir)
    return {found.part: found for found in examine(settings, now=lambda: datetime.now(UTC) + later)}


def test_a_desk_in_order_is_ok_in_every_part(desk: Desk, trust_dir: Path) -> None:
    save_settings(desk.settings.data_dir, trust_dir=str(trust_dir), training=True)
    found = _examined(desk)
    levels = {part: one.level for part, one in found.items() if part != "reader"}
    assert levels == dict.fromkeys(
        ("settings", "key", "trust", "vpcd", "gateway", "clock", "token", "facility"), "ok"
    )


def test_an_empty_list_of_authorities_fails(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    save_settings(desk.settings.data_dir, trust_dir=str(tmp_path / "empty"))
    assert _examined(desk)["trust"].code == "proof.no-trust-list"


def test_training_authorities_alone_are_an_empty_list_for_a_real_desk(desk: Desk, trust_dir: Path) -> None:
    save_settings(desk.settings.data_dir, trust_dir=str(trust_dir))
    assert _examined(desk)["trust"].code == "proof.no-trust-list"


def test_an_installed_virtual_reader_is_warned_about(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "vpcd").touch()
    found = _examined(desk)["vpcd"]
    assert (found.level, found.code) == ("warn", "desk.virtual-reader")


def test_a_training_desk_may_have_a_virtual_reader(desk: Desk, tmp_path: Path) -> None:
    save_settings(desk.settings.data_dir, training=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "vpcd").touch()
    assert _examined(desk)["vpcd"].level == "ok"


def test_a_reader_alone_that_fails_ends_the_command_with_3(
    desk: Desk, trust_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(desk.settings.data_dir, trust_dir=str(trust_dir), training=True, reader="Nonesuch")
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(desk.settings.data_dir))
    result = CliRunner().invoke(main, ["doctor"])
    assert "[reader." in result.stdout
    assert result.exit_code == 3


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (-10, "fail"), (10, "fail")])
def test_a_wrong_clock_fails(desk: Desk, minutes: int, level: str) -> None:
    assert _examined(desk, later=timedelta(minutes=minutes))["clock"].level == level


def test_a_gateway_that_is_away_fails_by_name(desk: Desk, fake: FakeGateway) -> None:
    fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    found = _examined(desk)
    assert found["gateway"].code == "gateway.failed"
    assert "token" not in found


def test_a_desk_that_the_gateway_does_not_know_fails_at_the_token(desk: Desk) -> None:
    save_settings(desk.settings.data_dir, client_id="somebody-else")
    found = _examined(desk)
    assert (found["gateway"].level, found["token"].code) == ("ok", "auth.client-unknown")


def test_what_waits_or_was_refused_is_warned_about(desk: Desk) -> None:
    with Outbox.open(desk.settings.data_dir) as outbox:
        first = outbox.add(b"1", path=CHECK_IN, subject="1", now=datetime.now(UTC))
        assert _examined(desk)["outbox"].code == "outbox.backlog"
        outbox.refuse(first, "gateway.record-refused")
    assert _examined(desk)["outbox"].code == "outbox.refused-items"


def test_pairing_takes_two_steps_and_says_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path / "desk"))
    public = tmp_path / "public.json"
    run = CliRunner().invoke
    first = run(
        main,
        ["pair", "--gateway", "https://gateway.example", "--facility", "33999", "--public-key", str(public)],
    )
    assert first.exit_code == 0, first.output
    assert "--client-id" in first.stderr
    jwk: dict[str, Any] = json.loads(public.read_text())
    assert "d" not in jwk
    second = run(main, ["pair", "--client-id", "desk-1"])
    assert second.exit_code == 0
    assert load_settings(tmp_path / "desk").paired
    assert json.loads((tmp_path / "desk" / "desk-public-key.json").read_text()) == jwk


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `tiepdon-clinic` on an empty data directory."""
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path / "desk"))
    return lambda *words: CliRunner().invoke(main, list(map(str, words)))


def test_a_desk_with_another_facility_than_the_registered_one_fails_with_both(
    desk: Desk, fake: FakeGateway
) -> None:
    fake.facility = "33001"
    found = _examined(desk)["facility"]
    assert (found.level, found.code) == ("fail", "setup.facility-differs")
    assert "33999" in found.detail
    assert "33001" in found.detail


@pytest.mark.parametrize("code", ["auth.client-unknown", "auth.client-revoked", "auth.assertion-expired"])
def test_why_the_gateway_refuses_the_desk_is_said_by_its_own_code(
    desk: Desk, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    refusal = FakeGateway.json(401, {"error": "invalid_client", "code": code})
    fake.broken = lambda path: refusal if path == "/auth/token" else None
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(desk.settings.data_dir))
    said = CliRunner().invoke(main, ["doctor"]).stdout
    assert f"{failure(code).message.vi} [{code}]" in said
    assert f"→ {failure(code).remedy.vi}" in said
    assert "tiepdon-clinic doctor" not in said


def test_an_unpaired_desk_is_said_to_be_so_once_and_nothing_is_made(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("doctor")
    first = result.stdout.splitlines()
    assert first[0].startswith("fail settings")
    assert first[1].endswith("[setup.not-paired]")
    for part in ("key", "gateway", "token", "outbox"):
        assert not [line for line in first if line.split()[1:2] == [part]]
    assert not (tmp_path / "desk").exists()


def test_pairing_with_an_unencrypted_gateway_elsewhere_is_refused_and_nothing_is_written(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("pair", "--gateway", "http://gateway.example", "--facility", "33999")
    assert result.exit_code == 2
    assert "[gateway.insecure]" in result.stderr
    assert not (tmp_path / "desk").exists()


def test_a_client_id_before_gateway_and_facility_is_refused_with_what_comes_first(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("pair", "--client-id", "desk-1")
    assert result.exit_code == 2
    assert "[setup.not-paired]" in result.stderr
    assert "pair --gateway URL --facility CODE" in result.stderr
    assert not (tmp_path / "desk").exists()


def test_a_public_key_that_cannot_be_written_is_refused_in_words(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    out = tmp_path / "nowhere" / "x.json"
    result = run("pair", "--gateway", "https://gateway.example", "--facility", "33999", "--public-key", out)
    assert result.exit_code == 2
    assert "[setup.public-key-unwritable]" in result.stderr
    assert str(out) in result.stderr


@pytest.mark.parametrize(
    ("given", "following"),
    [
        (["--gateway", "https://gateway.example"], "pair --facility CODE"),
        (["--facility", "33999"], "pair --gateway URL"),
        (["--gateway", "https://gateway.example", "--facility", "33999"], "pair --client-id ID"),
    ],
    ids=["gateway", "facility", "both"],
)
def test_pairing_names_the_step_that_is_missing_and_never_the_one_just_done(
    run: Callable[..., Result], given: list[str], following: str
) -> None:
    result = run("pair", *given)
    assert result.exit_code == 0, result.output
    assert following in result.stderr
    for option in given[::2]:
        assert option not in result.stderr


def test_the_doctor_speaks_json_and_fails_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    settings = next(line for line in lines if line["part"] == "settings")
    assert (settings["level"], settings["code"]) == ("fail", "setup.not-paired")
    assert settings["remedy"]["vi"]
