"""`tiepdon-clinic record cancel`: against the real gateway, and what it makes of other answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bhyt.r4 import wire
from clinics.cli import main
from clinics.gateway_client import Gateway
from clinics.pairing import load_key
from clinics.settings import load_settings
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway, Reply
from tests.integration.clinics.insurer import gateway_with_desk
from tests.integration.gateway.world import claim

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk's folder, paired with a served gateway."""
    folder, desk = tmp_path_factory.mktemp("insurer"), tmp_path_factory.mktemp("desk")
    with gateway_with_desk(folder, desk):
        yield desk


@pytest.fixture
def run(paired: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    return lambda *arguments: CliRunner().invoke(main, ["record", "cancel", *arguments])


def send(paired: Path, visit: str) -> None:
    settings = load_settings(paired)
    with Gateway(settings, load_key(paired), now=lambda: datetime.now(UTC)) as gateway:
        gateway.store("/fhir/Claim", wire.write(claim(visit)), idempotency_key=visit)


def test_a_record_is_withdrawn_once_and_again_with_the_same_answer(run: Run, paired: Path) -> None:
    send(paired, "LK-1")
    first = run("claim", "LK-1", "--reason", "Nhập nhầm người bệnh")
    assert first.exit_code == 0, first.stderr
    assert "Đã hủy hồ sơ LK-1" in first.stderr
    location, at = first.stdout.strip().split("\t")
    assert location.startswith("Claim/") and location.endswith("/_history/2")
    assert datetime.fromisoformat(at).tzinfo is not None
    assert run("claim", "LK-1", "--reason", "khác").stdout == first.stdout


def test_a_record_that_was_never_sent_is_refused_with_what_to_do(run: Run) -> None:
    answer = run("death", "GBT-404", "--reason", "nhập nhầm")
    assert answer.exit_code == 5
    assert "Cơ sở chưa gửi hồ sơ nào mang mã này." in answer.stderr
    assert "The facility has sent no record under this key." in answer.stderr


def test_a_reason_that_is_none_is_refused(run: Run, paired: Path) -> None:
    send(paired, "LK-3")
    answer = run("claim", "LK-3", "--reason", " ")
    assert (answer.exit_code, "reason" in answer.stderr) == (5, True)


@pytest.mark.parametrize(
    "arguments", [("claim", "LK-1"), ("Claim", "LK-1", "--reason", "x"), ("claim", "--reason", "x")]
)
def test_a_command_that_lacks_something_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (FakeGateway.json(409, {"code": "record.decided"}), 5),
        (FakeGateway.json(404, {"code": "record.unknown"}), 5),
        (FakeGateway.json(404, {"code": "request.no-such-route"}), 4),
        (FakeGateway.json(200, {"location": "Claim/1"}), 4),
        (FakeGateway.json(200, {"cancelled_at": "2026-07-15T03:00:00Z"}), 4),
        ((200, {}, b"<html>"), 4),
    ],
    ids=["decided", "unknown", "another server", "no time", "no place", "a page"],
)
def test_every_answer_has_its_exit_status(
    desk: Desk, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch, reply: Reply, status: int
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(desk.settings.data_dir))
    fake.broken = lambda path: reply if path == "/cancellations" else None
    answer = CliRunner().invoke(main, ["record", "cancel", "claim", "LK-1", "--reason", "x"])
    assert (answer.exit_code, answer.stdout) == (status, "")
