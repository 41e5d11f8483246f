"""What comes through the batch door: announcements, digests and chunks of any bytes."""

import base64
import json
from contextlib import suppress
from datetime import date
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from bhyt.errors import RecordsError
from bhyt.national.outline import outline
from gateway.errors import GatewayError
from gateway.routes.batches import Announcement
from gateway.services import batch_announced
from gateway.services.batch_announced import Announced
from gateway.services.batch_lines import read_lines
from gateway.services.batch_national import frame_of, read_national
from gateway.services.batch_reading import MAX_FINDINGS, Part, Read
from tests.fuzz.test_gateway_doors import JSON
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE

NAMES = ["sha256", "size", "format", "file_name", "head", "tail", "chunks", "records", "generation", "reason"]
SOUND: dict[str, Any] = {
    "sha256": "0" * 64,
    "size": 1,
    "format": "ndjson",
    "file_name": "a.ndjson",
    "head": "",
    "tail": "",
    "chunks": 1,
    "records": 1,
}
FILES = st.sampled_from([ENVELOPE, CHECK_IN, DEATH_NOTICE])
LINES = st.sampled_from(
    [b'{"resourceType":"Claim"}', b'{"resourceType":"Bundle","type":"document"}', b"[]", b""]
)


def part(data: bytes, *, head: bytes = b"", tail: bytes = b"", records: int = 1, first: int = 1) -> Part:
    kind = "xml" if head else "ndjson"
    return Part(
        format=kind,
        facility="33999",
        head=head,
        tail=tail,
        generation=None,
        first=first,
        records=records,
        data=data,
        received=date(2026, 10, 1),
    )


def assert_whole(reads: list[Read], asked: Part) -> None:
    """Each record element that was announced has an outcome, and what is refused says why."""
    assert {read.number for read in reads} == set(range(asked.first, asked.first + asked.records))
    for read in reads:
        assert bool(read.entries) == (read.code is None)
        assert len(read.findings) <= MAX_FINDINGS + 1
        json.dumps(read.findings)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=4))
def test_any_announcement_is_taken_or_refused(changes: dict[str, Any]) -> None:
    with suppress(ValidationError, GatewayError):
        announced = Announced(**Announcement().load(SOUND | changes))
        batch_announced.check_limits(announced)
        assert len(announced.fingerprint) == 64


@given(st.lists(LINES | st.binary(max_size=60), max_size=5), st.integers(1, 6), st.integers(1, 10**6))
def test_every_line_has_its_outcome(found: list[bytes], records: int, first: int) -> None:
    asked = part(b"\n".join(found), records=records, first=first)
    assert_whole(read_lines(asked), asked)


@given(FILES, st.data(), st.integers(1, 3))
def test_every_record_of_a_damaged_chunk_has_its_outcome(
    file: bytes, data: st.DataObject, records: int
) -> None:
    found = outline(BytesIO(file))
    head, tail = file[: found.head_end], file[found.tail_start :]
    middle = bytearray(file[found.head_end : found.tail_start])
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(middle) - 1))
        middle[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    asked = part(bytes(middle), head=head, tail=tail, records=records)
    assert_whole(read_national(asked), asked)


@given(st.binary(max_size=80), FILES)
def test_any_edges_are_a_files_or_refused(noise: bytes, file: bytes) -> None:
    found = outline(BytesIO(file))
    head, tail = file[: found.head_end], file[found.tail_start :]
    for edges in ((noise, tail), (head, noise), (head + noise, tail), (noise, noise)):
        with suppress(RecordsError, GatewayError):
            frame_of(*edges, facility="33999")


@given(st.text(max_size=80) | st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode()))
def test_any_base64_is_read_or_refused(text: str) -> None:
    with suppress(ValidationError):
        Announcement().load(SOUND | {"head": text})
