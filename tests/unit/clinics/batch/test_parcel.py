"""A file cut for its journey: joined it is the file again, and no chunk is too large."""

from io import BytesIO
from typing import BinaryIO

import pytest

from bhyt.national.outline import outline
from clinics.batch import parcel
from clinics.batch.parcel import Untransportable, bare_name, pack
from clinics.batch.sources.source import Format, Source

ROW = "<TRANG_THAI_KCB><MA_LK>A-{}</MA_LK><MA_CSKCB>33999</MA_CSKCB></TRANG_THAI_KCB>"
CHECK_INS = (
    "<?xml version='1.0'?>\n<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB>\n  {}\n"
    "</DSACH_TRANG_THAI_KCB><CHUKYDONVI/></CHI_TIEU_TRANG_THAI_KCB>\n"
)


class Bytes(Source):
    """A source that travels as these bytes."""

    def __init__(self, data: bytes, format_: Format = "xml") -> None:
        super().__init__("export/tháng 10.xml")
        self.format = format_
        self.data = data
        self.outline = outline(BytesIO(data)) if format_ == "xml" else None

    def open(self) -> BinaryIO:
        return BytesIO(self.data)

    def _records(self) -> None:  # type: ignore[override] # not asked for here
        raise AssertionError

    def close(self) -> None:
        pass


def _check_ins(count: int) -> bytes:
    return CHECK_INS.format("\n  ".join(ROW.format(number) for number in range(count))).encode()


def _joined(source: Bytes) -> bytes:
    packed = pack(source)
    chunks = b"".join(source.data[cut.start : cut.end] for cut in packed.cuts)
    return packed.head + chunks + packed.tail


@pytest.mark.parametrize("count", [1, 199, 200, 201, 401])
def test_head_chunks_and_tail_joined_are_the_file(count: int) -> None:
    source = Bytes(_check_ins(count))
    packed = pack(source)
    assert _joined(source) == source.data
    assert packed.records == count
    assert [cut.records for cut in packed.cuts] == [200] * (count // 200) + (
        [count % 200] if count % 200 else []
    )
    assert packed.size == len(source.data)


def test_chunks_are_no_larger_than_a_chunk_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "MAX_CHUNK_BYTES", 500)
    source = Bytes(_check_ins(50))
    assert all(cut.end - cut.start <= 500 for cut in pack(source).cuts)
    assert _joined(source) == source.data


def test_a_record_that_is_longer_than_a_chunk_cannot_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "MAX_CHUNK_BYTES", 20)
    with pytest.raises(Untransportable):
        pack(Bytes(_check_ins(1)))


def test_lines_travel_with_the_blank_ones_between_them() -> None:
    source = Bytes(b'\n{"a": 1}\n\n{"b": 2}\r\n   \n', "ndjson")
    assert _joined(source) == source.data
    assert (pack(source).records, pack(source).head, pack(source).tail) == (2, b"\n", b"")


def test_the_same_file_is_always_cut_the_same_way() -> None:
    assert pack(Bytes(_check_ins(450))) == pack(Bytes(_check_ins(450)))


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("export/a.xml", "a.xml"),
        (r"C:\export\a.xml", "a.xml"),
        ("a.zip!/b/c.xml", "c.xml"),
        ("/", "file"),
        ("x" * 300, "x" * 255),
        ("a\u00a0thang\u3000 10.xml", "a thang  10.xml"),
        ("a\x1b[2J\n\u202e\udcff.xml", "a\ufffd[2J \ufffd\ufffd.xml"),
    ],
)
def test_a_files_folder_is_nobodys_business(name: str, bare: str) -> None:
    assert bare_name(name) == bare
