"""Whatever a gateway answers about a batch: rows of ours, or GatewayNonsense."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinics.batch.door import Batch, BatchDoor
from clinics.batch.receipts import rows_of
from clinics.batch.rows import Counts
from clinics.connection import Answer
from clinics.errors import BatchUnknown, GatewayNonsense

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
NAMES = st.sampled_from(
    "number kind key outcome result code location findings rule severity table line field value".split()
)
THINGS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
BATCH = {
    "batch": "00000000-0000-7000-8000-000000000000",
    "state": "done",
    "records": 1,
    "counts": {"receipts": 1},
}


class Said:
    """A connection that answers one thing to whatever is asked."""

    def __init__(self, said: object) -> None:
        self.body = json.dumps(said).encode()

    def fetch(self, path: str) -> Answer:
        return Answer(200, {}, self.body)


def _door(said: object) -> BatchDoor:
    return BatchDoor(Said(said))  # type: ignore[arg-type] # the one method that is used


@given(st.dictionaries(NAMES, THINGS))
@example({"number": "x"})
@example({"findings": [7]})
@example({"result": {}})
def test_any_receipt_is_a_row_or_nonsense(said: Mapping[str, object]) -> None:
    counts = Counts()
    try:
        rows = list(rows_of([said]))
    except GatewayNonsense:
        return
    for row in rows:
        counts.add(row)
        json.dumps(row.to_json())
    assert rows[0].outcome == "refused" or said.get("outcome") in {"accepted", "accepted-with-warnings"}


@given(
    st.fixed_dictionaries(
        {name: st.just(value) | THINGS for name, value in BATCH.items()}, optional={"missing": THINGS}
    )
)
def test_any_answer_is_a_batch_or_nonsense(said: Mapping[str, object]) -> None:
    try:
        batch = _door(said).status(str(BATCH["batch"]))
    except GatewayNonsense:
        return
    assert isinstance(batch, Batch)
    assert batch.ended == (said["state"] in {"done", "refused"})


@given(THINGS, THINGS)
def test_pages_of_receipts_end_whatever_they_say_comes_next(receipts: object, following: object) -> None:
    try:
        found = sum(
            1
            for _ in zip(
                range(2000),
                _door({"receipts": receipts, "next": following}).receipts(str(BATCH["batch"])),
                strict=False,
            )
        )
    except GatewayNonsense:
        return
    assert found < 2000


@pytest.mark.parametrize("name", ["x", "../other", "", "00000000-0000-7000-8000-000000000000/commit"])
def test_what_is_no_id_never_stands_in_a_path(name: str) -> None:
    with pytest.raises(BatchUnknown):
        _door(BATCH).status(name)
