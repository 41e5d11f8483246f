"""Where each kind of national file keeps its records, and each inner file its rows.

Files: CV 1245/BHXH-CNTT (2024), and loaiHs 60 and 61 (2025). Inner files: tables/inner_files.csv.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bhyt.tables import rows

FileKind = Literal["claims", "check-ins", "deaths", "births"]


@dataclass(frozen=True, slots=True)
class FileLayout:
    """A kind of file: its records stand below the elements `path`, each in an element `record`.

    `facility` is the field that names the facility: of the envelope, or else of each record.
    """

    kind: FileKind
    path: tuple[str, ...]
    record: str
    facility: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The tags around the record elements: `depth` start tags as written, and their end tags."""

    opening: bytes
    closing: bytes
    depth: int

    def around(self, piece: bytes) -> bytes:
        """Return the piece as a document of its own."""
        return self.opening + piece + self.closing


@dataclass(frozen=True, slots=True)
class InnerLayout:
    """A kind of inner file: `root/list/row`, or the root itself if `list` and `row` are empty.

    `loaihoso` is its name in the envelope, `table` that of its field list. `root` is empty for a
    table whose layout nobody has published (XML12).
    """

    loaihoso: str
    table: str
    root: str
    list: str
    row: str


FILE_LAYOUTS = {
    layout.path[0]: layout
    for layout in (
        FileLayout("claims", ("GIAMDINHHS", "THONGTINHOSO", "DANHSACHHOSO"), "HOSO", "MACSKCB"),
        FileLayout(
            "check-ins", ("CHI_TIEU_TRANG_THAI_KCB", "DSACH_TRANG_THAI_KCB"), "TRANG_THAI_KCB", "MA_CSKCB"
        ),
        FileLayout("deaths", ("HSDLGBT",), "GIAYBAOTU", "MACSKCB"),
        FileLayout("births", ("HSDLGCS",), "GIAYCHUNGSINH", "MA_GCS"),
    )
}
"""The layouts of files by their outermost element."""


XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
"""The namespace of XML signatures, the only one in national files."""

_CERTIFICATE = re.compile(r"[^.]*\.GCS\.([0-9A-Z]{5})\.[^.]*", re.ASCII)
_NUMBERED = re.compile(r"XML\s*0*(\d{1,2})", re.ASCII)


def official_name(name: str) -> str:
    """Return the name of an element without namespace or prefix and in capitals, as official names are.

    The parts may be joined as expat (`uri name`), lxml (`{uri}name`) or XML (`prefix:name`) do. A name
    of an XML signature stays what it is.
    """
    if XMLDSIG in name:
        return name
    return name[1 + max(map(name.rfind, " }:")) :].upper()


def facility_of_certificate(number: str) -> str | None:
    """Return the facility that a birth certificate's number names: `00001.GCS.33999.26` is 33999's."""
    match = _CERTIFICATE.fullmatch(number)
    return match[1] if match else None


@cache
def inner_layouts() -> dict[str, InnerLayout]:
    """Return the layouts of inner files by LOAIHOSO."""
    return {
        row["code"]: InnerLayout(row["code"], row["table"], row["root"], row["list"], row["row"])
        for row in rows("inner_files")
    }


def inner_layout(loaihoso: str) -> InnerLayout | None:
    """Return the layout that a LOAIHOSO means, None if none: `xml1`, `XML01` and `XML 1` are XML1."""
    name = loaihoso.strip().upper()
    if (found := inner_layouts().get(name)) is not None:
        return found
    numbered = _NUMBERED.fullmatch(name)
    return inner_layouts().get(f"XML{numbered[1]}") if numbered else None
