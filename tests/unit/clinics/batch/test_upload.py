"""An upload of a file, up to the receipts, against a door of the test's own."""

from typing import cast

import pytest

from clinics.batch import upload
from clinics.batch.door import Batch, BatchDoor, State
from clinics.batch.parcel import Cut, Parcel
from clinics.batch.sources.source import Refused

PARCEL = Parcel("00", 3, "ndjson", "a.ndjson", b"", b"", (Cut(0, 3, 1),))


class Door:
    """A gateway whose batch is in these states, one after the other, the last one for ever."""

    def __init__(self, *states: State) -> None:
        self.states = list(states)

    def announce(self, *_: object, **__: object) -> Batch:
        return self.status("1")

    def status(self, batch_id: str) -> Batch:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return Batch(batch_id, state, None, (), 1, 0, {})


def _sent(*states: State) -> tuple[Batch, list[str]]:
    steps: list[str] = []
    batch = upload.send(
        cast("BatchDoor", Door(*states)),
        Refused("a.ndjson", "none"),
        PARCEL,
        generation=None,
        reason=None,
        progress=lambda step, _done, _total: steps.append(step),
    )
    return batch, steps


def test_a_file_that_the_gateway_has_is_not_sent_again() -> None:
    batch, steps = _sent("queued", "working", "done")
    assert (batch.state, set(steps)) == ("done", {"store"})


def test_a_batch_that_stands_still_is_not_waited_for_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "STANDSTILL_SECONDS", 0.15)
    batch, _ = _sent("queued")
    assert batch.state == "queued"
