"""`serve` keeps one worker beside itself: it is started again when it dies, and dies with its parent."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import server
from tests.integration.gateway.parcels import Parcel, lines
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import claim

PATIENCE_SECONDS = 30.0


def claims(name: str, count: int = 6) -> Parcel:
    return lines(*(claim(f"{name}-{number}") for number in range(count)))


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that waits for nobody to ask for its end does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_batch_is_worked_off_by_the_worker_beside_and_by_the_next_one_when_it_dies(tmp_path: Path) -> None:
    with ServedGateway(tmp_path, worker=True) as gateway:
        token = gateway.token()
        assert gateway.finished(gateway.send(claims("A"), token), token)["counts"]["stored"] == 6
        (first,) = gateway.workers()
        os.kill(first, signal.SIGKILL)
        batch = gateway.send(claims("B"), token)
        assert gateway.finished(batch, token)["counts"]["stored"] == 6
        (second,) = gateway.workers()
        assert second != first
        assert gateway.stop() == 0
        until(lambda: not is_alive(second))
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert '"event": "worker ended"' in log
    assert '"event": "stopped"' in log


@pytest.mark.parametrize("processes", [1, 3])
def test_nothing_of_a_gateway_outlives_its_main_process_when_that_is_killed(
    tmp_path: Path, processes: int
) -> None:
    with ServedGateway(tmp_path, worker=True, options=("--workers", str(processes))) as gateway:
        until(lambda: len(gateway.workers()) == 1)
        family = gateway.children()
        assert len(family) >= processes + 1
        os.kill(gateway.process.pid, signal.SIGKILL)
        gateway.process.wait()
        until(lambda: not any(is_alive(one) for one in family))
        assert server.free_address("127.0.0.1", gateway.port) == "127.0.0.1"


def test_without_a_worker_a_batch_waits(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as gateway:
        token = gateway.token()
        batch = gateway.send(claims("A"), token)
        time.sleep(2)
        assert gateway.workers() == []
        status = gateway.http.get(f"/batches/{batch}", headers={"Authorization": f"Bearer {token}"})
        assert status.json()["state"] == "queued"


def test_a_file_of_many_megabytes_comes_back_byte_for_byte_over_the_wire(tmp_path: Path) -> None:
    blank = b" " * 1_500_000
    parcel = Parcel([line + blank + b"\n" for line in claims("A", 4).data.splitlines()])
    with ServedGateway(tmp_path, worker=True) as gateway:
        token = gateway.token()
        status = gateway.finished(gateway.send(parcel, token), token)
        said = {"Authorization": f"Bearer {token}"}
        answer = gateway.http.get(f"/fhir/{status['original']}", headers=said)
        assert answer.content == parcel.data
        assert answer.headers["Content-Length"] == str(len(parcel.data))
