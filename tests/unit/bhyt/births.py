"""The birth of the sample envelope as its other paper tells it: the certificate of 2025."""

import re

from tests.unit.bhyt.samples import BIRTHS, inner_files

NUMBER = "00001.GCS.33999.26"
TOLD = {
    "MA_BHXH_NND": "9900000001",
    "MA_THE_NND": "DN4339900000001",
    "HOTEN_NND": "NGUYỄN THỊ MẪU THỬ",
    "NGAYSINH_NND": "19950412",
    "SO_CCCD_NND": "033300000001",
    "TEN_CON": "TRẦN MẪU BÉ",
    "GIOI_TINH_CON": "2",
    "CAN_NANG_CON": "3150",
    "NGAY_SINH_CON": "20260914135027",
    "SO": NUMBER,
}
"""What the certificate tells of the birth in XML9 of the sample, where its own sample tells otherwise."""


def certificate(**changes: str) -> bytes:
    """Return an HSDLGCS file of one certificate for the birth of the sample envelope."""
    text = BIRTHS.decode()
    start, end = text.index("<GIAYCHUNGSINH"), text.index("</GIAYCHUNGSINH>") + len("</GIAYCHUNGSINH>")
    paper = text[start:end]
    for name, value in {"MA_GCS": NUMBER, **TOLD, **changes}.items():
        paper = _filled(paper, name, value)
    return f"<HSDLGCS>{paper}</HSDLGCS>".encode()


def xml9(**changes: str) -> dict[str, str]:
    """Return the inner files of the sample envelope with some fields of XML9 changed."""
    files = inner_files()
    for name, value in changes.items():
        files["XML9"] = _filled(files["XML9"], name, value)
    return files


def _filled(row: str, name: str, value: str) -> str:
    """Return the row with another value in a field."""
    changed, count = re.subn(f"<{name}/>|<{name}>[^<]*</{name}>", f"<{name}>{value}</{name}>", row)
    assert count == 1, name
    return changed
