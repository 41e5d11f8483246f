"""However a file is cut: what is taken is read from its chunks as it is from the whole file."""

from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from bhyt.national import open_file, read_chunk
from bhyt.national.outline import outline_part
from gateway.services.batch_whole import Kept, is_cut_between_records

HEAD = b"<?xml version='1.0'?><HSDLGBT>"
TAIL = b"</HSDLGBT>"
RECORDS = [b"<GIAYBAOTU><MA_GBT>%d</MA_GBT><MACSKCB>33999</MACSKCB></GIAYBAOTU>" % n for n in range(1, 4)]
TRICKS = [
    b"<![CDATA[",
    b"]]>",
    b"<![CDATA[ ]]>",
    b"<!--",
    b"-->",
    b"<?a ",
    b"?>",
    b"<a b='",
    b"'/>",
    b"<X>",
    b"</X>",
    b"<giaybaotu/>",
    b"</HSDLGBT><HSDLGBT>",
    b" \n",
    b"text",
]
PIECES = st.lists(st.sampled_from([*RECORDS, *TRICKS]), max_size=8)


def kept(parts: list[bytes], records: list[int]) -> Kept:
    return Kept(
        state="queued",
        format="xml",
        facility="33999",
        created_at=datetime(2026, 7, 15, tzinfo=UTC),
        sha256="",
        size=sum(map(len, parts)),
        announced=sum(records),
        head=parts[0],
        tail=parts[-1],
        sizes=[len(part) for part in parts[1:-1]],
        records=records,
        chunk=lambda number: parts[number],
    )


def seen_in_whole(data: bytes) -> list[str | None]:
    return [one.key for one in open_file(BytesIO(data)).records()]


def seen_in_chunks(parts: list[bytes]) -> list[str | None]:
    return [one.key for chunk in parts[1:-1] for one in read_chunk(parts[0], parts[-1], chunk, first=1)]


def counted(parts: list[bytes], number: int) -> int:
    """How many records a sender would announce, who looks at this chunk in whatever way finds most."""
    return max(1, sum(parts[number].count(name) for name in (b"<GIAYBAOTU>", b"<giaybaotu/>")))


@given(PIECES, PIECES, st.lists(PIECES.map(b"".join), min_size=1, max_size=3))
@example([], [b"<![CDATA[ ]]>"], [RECORDS[0] + b"<![CDATA[", RECORDS[1]])
@example([], [], [RECORDS[0] + b"<!--", b"-->" + RECORDS[1]])
@example([], [], [RECORDS[0], b"<giaybaotu/>"])
@example([], [], [RECORDS[0] + b" \n", RECORDS[1]])
def test_what_is_taken_shows_the_whole_file_the_records_of_its_chunks(
    before: list[bytes], behind: list[bytes], chunks: list[bytes]
) -> None:
    parts = [HEAD + b"".join(before), *chunks, b"".join(behind) + TAIL]
    records = [counted(parts, number) for number in range(1, len(parts) - 1)]
    if is_cut_between_records(kept(parts, records)):
        assert seen_in_chunks(parts) == seen_in_whole(b"".join(parts))


@given(st.lists(st.sampled_from(RECORDS), min_size=1, max_size=6), st.data())
def test_a_file_that_is_cut_where_its_outline_says_is_taken(found: list[bytes], data: st.DataObject) -> None:
    whole = HEAD + b"\n".join(found) + TAIL
    outlined = outline_part(BytesIO(whole))
    starts = [start for start, _ in outlined.pieces]
    cuts = data.draw(st.sets(st.sampled_from(starts)).map(lambda some: sorted({starts[0], *some})))
    bounds = [*cuts, outlined.tail_start]
    chunks = [whole[here:there] for here, there in pairwise(bounds)]
    records = [sum(here <= start < there for start in starts) for here, there in pairwise(bounds)]
    parts = [whole[: outlined.head_end], *chunks, whole[outlined.tail_start :]]
    assert b"".join(parts) == whole
    assert is_cut_between_records(kept(parts, records))


@given(
    st.binary(max_size=40), st.lists(st.binary(max_size=60), min_size=1, max_size=3), st.binary(max_size=40)
)
def test_any_bytes_are_the_file_or_not(head: bytes, chunks: list[bytes], tail: bytes) -> None:
    assert not is_cut_between_records(kept([head, *chunks, tail], [1] * len(chunks)))
