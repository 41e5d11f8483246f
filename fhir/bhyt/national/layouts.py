"""Where each kind of national file keeps its records, and each inner file its rows.

Files: CV 1245/BHXH-CNTT (2024), and loaiHs 60 and 61 (2025). Inner files: tables/inner_files.csv.
"""

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


@cache
def inner_layouts() -> dict[str, InnerLayout]:
    """Return the layouts of inner files by LOAIHOSO."""
    return {
        row["code"]: InnerLayout(row["code"], row["table"], row["root"], row["list"], row["row"])
        for row in rows("inner_files")
    }
