"""What is odd about a national file as a whole, though it can be read."""

from bhyt.errors import WrongCount
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

    Less than the file holds is a warning: some systems always write 1, and nothing is lost. More is
    an error of the file, however sound its XML: dossiers that were to be sent are not in it, and
    nobody would miss them.

    Raises WrongCount: SOLUONGHOSO is more than the dossiers in the file.
    """
    declared = integer(text) if text else None
    if declared is not None and declared > found:
        raise WrongCount(declared, found)
    if declared != found:
        code = "file.no-count" if declared is None else "file.count-too-small"
        findings.add(code, severity="warning", name="SOLUONGHOSO", value=text, expected=str(found))
    if found > 1:
        findings.add("file.several-dossiers", severity="warning", value=str(found), expected="1")
    return declared
