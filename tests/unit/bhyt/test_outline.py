"""The first pass: where the records lie, and what a file is refused for before any of them is read."""

import io
from datetime import date

import pytest

from bhyt.errors import (
    DoctypeFound,
    FileRefused,
    FrameTooLarge,
    NoFacility,
    NotXml,
    RecordTooLarge,
    SeveralLists,
    TextTooLong,
    TooDeep,
    TooManyRecords,
    Truncated,
    WrongEncoding,
)
from bhyt.national import first_pass
from bhyt.national.outline import Outline, outline
from bhyt.national.xml import START_TAG
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    ODD_ENVELOPE,
    envelope,
    inner_files,
)

TWO = envelope(inner_files(), inner_files())
SMALL = b"<GIAMDINHHS><THONGTINDONVI><MACSKCB>33999</MACSKCB></THONGTINDONVI><THONGTINHOSO><DANHSACHHOSO>"
END = b"</DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>"


def _outline(data: bytes) -> Outline:
    return outline(io.BytesIO(data))


@pytest.mark.parametrize("data", [ENVELOPE, TWO, ODD_ENVELOPE, CHECK_IN, DEATH_NOTICE, BIRTHS])
def test_head_pieces_and_tail_joined_are_the_file(data: bytes) -> None:
    found = _outline(data)
    pieces = [data[start:end] for start, end in found.pieces]
    assert data[: found.head_end] + b"".join(pieces) + data[found.tail_start :] == data
    record = found.layout.record.encode()
    assert all(piece.startswith(b"<" + record) for piece in pieces)
    assert pieces[-1].endswith(b"</" + record + b">")
    assert found.size == len(data)


@pytest.mark.parametrize(
    ("data", "kind", "facility", "made_on", "records"),
    [
        (ENVELOPE, "claims", "33999", date(2026, 9, 16), 1),
        (ODD_ENVELOPE, "claims", "33999", date(2026, 9, 16), 2),
        (CHECK_IN, "check-ins", "33999", None, 1),
        (DEATH_NOTICE, "deaths", "33999", None, 1),
        (BIRTHS, "births", "33999", None, 2),
    ],
)
def test_the_outline_says_whose_the_file_is_and_how_many_records_it_holds(
    data: bytes, kind: str, facility: str, made_on: date | None, records: int
) -> None:
    found = _outline(data)
    assert (found.kind, found.facility, found.made_on, len(found.pieces)) == (
        kind,
        facility,
        made_on,
        records,
    )


def test_empty_record_elements_have_their_place_too() -> None:
    data = SMALL + b"<HOSO/> <HOSO />" + END
    found = _outline(data)
    assert [data[start:end] for start, end in found.pieces] == [b"<HOSO/> ", b"<HOSO />"]


def test_an_end_tag_may_hold_blanks() -> None:
    data = SMALL + b"<HOSO></HOSO \n>" + END
    assert data[_outline(data).tail_start :] == END


def test_a_signature_outside_the_records_is_noticed() -> None:
    signature = b'<CHUKYDONVI><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></CHUKYDONVI>'
    assert _outline(ENVELOPE.replace(b"<CHUKYDONVI/>", signature)).signed
    assert not _outline(ENVELOPE).signed


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param("<?xml version='1.0'?><GIAMDINHHS/>".encode("utf-16"), WrongEncoding, id="utf-16"),
        pytest.param(
            "<?xml version='1.0'?><GIAMDINHHS/>".encode("utf-16-le"), WrongEncoding, id="utf-16-no-mark"
        ),
        pytest.param("<GIAMDINHHS/>".encode("utf-32"), WrongEncoding, id="utf-32"),
        pytest.param(
            SMALL.replace(b"33999", "Đ".encode("cp1258")) + b"<HOSO/>" + END, WrongEncoding, id="cp1258"
        ),
        pytest.param(b"<!DOCTYPE a><GIAMDINHHS/>", DoctypeFound, id="doctype"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><GIAMDINHHS>&b;</GIAMDINHHS>',
            DoctypeFound,
            id="outside-entity",
        ),
        pytest.param(SMALL + b"<HOSO>&b;</HOSO>" + END, NotXml, id="entity-without-doctype"),
        pytest.param(SMALL + b"<HOSO></HOSO>", Truncated, id="end-is-missing"),
        pytest.param((SMALL + b"<HOSO/>" + END)[:-3], Truncated, id="cut-in-the-last-tag"),
        pytest.param(SMALL + b"<HOSO>\xc4", Truncated, id="cut-in-a-character"),
        pytest.param(SMALL + b"<HOSO></HASO>" + END, NotXml, id="tags-cross"),
        pytest.param(SMALL + b"<HOSO/>" + END + b"<a/>", NotXml, id="something-behind"),
        pytest.param(
            SMALL + b"<HOSO/></DANHSACHHOSO><DANHSACHHOSO><HOSO/>" + END, SeveralLists, id="two-lists"
        ),
        pytest.param(
            SMALL + b"<HOSO/></DANHSACHHOSO></THONGTINHOSO><THONGTINHOSO><DANHSACHHOSO>" + END,
            SeveralLists,
            id="two-frames",
        ),
        pytest.param(
            SMALL + b"<HOSO>" + b"<a>" * 64 + b"</a>" * 64 + b"</HOSO>" + END, TooDeep, id="deep-inside"
        ),
        pytest.param((SMALL + b"<HOSO/>" + END).replace(b"33999", b" "), NoFacility, id="blank-facility"),
        pytest.param(
            BIRTHS.replace(b".GCS.33999.", b"-GCS-33999-"), NoFacility, id="births-without-a-national-number"
        ),
    ],
)
def test_a_file_of_another_form_is_refused_by_name(data: bytes, refusal: type[FileRefused]) -> None:
    with pytest.raises(refusal) as refused:
        _outline(data)
    assert type(refused.value) is refusal


@pytest.mark.parametrize(
    ("limit", "value", "data", "refusal"),
    [
        ("MAX_RECORDS", 1, TWO, TooManyRecords),
        (
            "MAX_RECORD_BYTES",
            5_000,
            ENVELOPE.replace(b"<HOSO>", b"<HOSO>" + b"<a/>" * 50_000),
            RecordTooLarge,
        ),
        (
            "MAX_FRAME_BYTES",
            100,
            ENVELOPE.replace(b"<HOSO>", b"<!--" + b" " * 200 + b"--><HOSO>"),
            FrameTooLarge,
        ),
        ("MAX_FRAME_BYTES", 1_000, ENVELOPE.replace(b"<CHUKYDONVI/>", b" " * 2_000), FrameTooLarge),
        (
            "MAX_OPENING_BYTES",
            100,
            ENVELOPE.replace(b"<GIAMDINHHS>", b"<GIAMDINHHS a='%s'>" % (b" " * 80)),
            FrameTooLarge,
        ),
        ("MAX_TEXT_BYTES", 5_000, ENVELOPE.replace(b"<CHUKYDONVI/>", b"A" * 6_000), TextTooLong),
        ("MAX_TEXT_BYTES", 5_000, b"A" * 100_000, TextTooLong),
        ("MAX_TEXT_BYTES", 5_000, b"<GIAMDINHHS>" + b"A" * 100_000, TextTooLong),
        ("MAX_TEXT_BYTES", 5_000, b'<GIAMDINHHS a="' + b"A" * 100_000, TextTooLong),
        ("MAX_TEXT_BYTES", 5_000, b"<!--" + b"A" * 100_000, TextTooLong),
    ],
)
def test_each_limit_refuses_what_goes_beyond_it(
    limit: str, value: int, data: bytes, refusal: type[FileRefused], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_pass, limit, value)
    monkeypatch.setattr(f"bhyt.national.outline.{limit}", value, raising=False)
    with pytest.raises(refusal):
        _outline(data)


def test_a_start_tag_that_is_cut_short_is_given_up_at_once() -> None:
    cut = (
        b"<" + b"P" * 1_000_000 + b":GIAMDINHHS a='" + b'" b=' * 100_000
    )  # would take hours to try in every way
    assert START_TAG.match(cut) is None
