"""What is odd about a national file as a whole, though it can be read."""

from bhyt.national.forms import integer
from bhyt.national.layouts import FileLayout
from bhyt.national.xml import BOM, declaration_first
from bhyt.problems import Findings

_BLANKS = b" \t\r\n"


def note_form(
    head: bytes, *, encoding: str | None, odd_name: str | None, layout: FileLayout, findings: Findings
) -> None:
    """Note what is odd about the XML itself: what stands first in it, its declaration, its names.

    `encoding` is the declared one: some systems declare another than the UTF-8 that they write.
    """
    if declaration_first(head) != head and head.lstrip(BOM + _BLANKS).startswith(b"<?xml"):
        findings.add("file.blank-before-xml", severity="warning")
    if encoding is not None and encoding.upper() != "UTF-8":
        findings.add("file.encoding-declared", severity="warning", value=encoding, expected="UTF-8")
    if odd_name is not None:
        findings.add("file.odd-names", severity="warning", value=odd_name, expected=layout.path[0])


def counted(text: str | None, found: int, findings: Findings) -> int | None:
    """Return SOLUONGHOSO, None if it says nothing; `1.0` and `01` are 1.

    Another number than the file holds is a warning: some systems always write 1. More tells of dossiers
    that may be missing, while those that are there can be read; a file that was cut is no XML any more.
    """
    declared = integer(text) if text else None
    if declared != found:
        code = "file.no-count"
        if declared is not None:
            code = "file.count-too-small" if declared < found else "file.count-too-large"
        findings.add(code, severity="warning", name="SOLUONGHOSO", value=text, expected=str(found))
    if found > 1:
        findings.add("file.several-dossiers", severity="warning", value=str(found), expected="1")
    return declared
