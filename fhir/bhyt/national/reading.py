"""A national file read whole: the envelope of claims, the check-in file, the death notice.

The layouts are those of CV 1245/BHXH-CNTT (2024) and CV 3220/BHXH-CNTT (2025). Every record of
the file has exactly one outcome: it is among `records`, or at least one error among `problems`
names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree

from bhyt.errors import NoFacility, NoRecords, UnknownRoot, WrongCount
from bhyt.national.dossier import Dossier, read_dossier, read_rows
from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.national.problems import Findings, Problem
from bhyt.national.visits import read_visit
from bhyt.national.xml import parse_xml, tag, text_of
from bhyt.records.content import Record, certificate_key
from bhyt.records.row import Row

FileKind = Literal["claims", "check-in", "death"]


@dataclass(frozen=True, slots=True)
class NationalFile:
    """What a file holds: its sender's facility code, the records read, the problems found."""

    kind: FileKind
    facility: str
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


def read_file(data: bytes) -> NationalFile:
    """Return the records of a national file and everything that is wrong with the others.

    Raises FileRefused (see bhyt.errors): not XML, a DOCTYPE, an unknown root, over a limit,
    no facility, SOLUONGHOSO wrong, or no record in it at all.
    """
    root = parse_xml(data)
    reader = _READERS.get(tag(root))
    if reader is None:
        raise UnknownRoot
    return reader(root)


def _read_envelope(root: etree._Element) -> NationalFile:
    """Read GIAMDINHHS: one claim per HOSO, and one birth per row of its XML9."""
    facility = text_of(root, "THONGTINDONVI/MACSKCB")
    if not facility:
        raise NoFacility
    hosos = root.findall("THONGTINHOSO/DANHSACHHOSO/HOSO")
    declared = text_of(root, "THONGTINHOSO/SOLUONGHOSO")
    if not (declared.isascii() and declared.isdigit() and int(declared[:9]) == len(hosos)):
        raise WrongCount(int(declared[:9]) if declared.isascii() and declared.isdigit() else None, len(hosos))
    if not hosos:
        raise NoRecords
    records: list[Record] = []
    problems: list[Problem] = []
    for number, hoso in enumerate(hosos, start=1):
        found, faults = _read_hoso(read_dossier(hoso, number), facility)
        records += found
        problems += faults
    return NationalFile("claims", facility, tuple(records), tuple(problems))


def _read_hoso(dossier: Dossier, facility: str) -> tuple[list[Record], list[Problem]]:
    """Return the claim and births of one dossier, or nothing if the dossier itself has an error."""
    summaries = dossier.rows("XML1")
    whole = dossier.findings
    if not summaries and not whole.errors:
        whole.add("record.no-summary", table="XML1")
    elif summaries and summaries[0].text("MA_CSKCB") not in {None, facility}:
        whole.add("record.facility-differs", table="XML1", line=1, name="MA_CSKCB")
    key = dossier.visit_id
    problems = [replace(problem, kind="claim", record_key=key) for problem in whole.problems]
    if whole.errors:
        return [], problems + [_refused_with(dossier, row) for row in dossier.rows("XML9")]
    records: list[Record] = []
    findings = Findings(whole.dossier, "claim", key)
    visit = read_visit(summaries[0], (*dossier.rows("XML2"), *dossier.rows("XML3")), findings)
    records += [visit] if visit else []
    problems += findings.problems
    for row in dossier.rows("XML9"):
        findings = Findings(whole.dossier, "birth", _birth_key(row))
        birth = read_birth(row, findings, facility=facility)
        records += [birth] if birth else []
        problems += findings.problems
    return records, problems


def _read_check_ins(root: etree._Element) -> NationalFile:
    """Read CHI_TIEU_TRANG_THAI_KCB: one check-in per row; the first row names the facility."""
    layout = Findings(1, "check-in")
    rows = tuple(read_rows(root, "CHECKIN", "DSACH_TRANG_THAI_KCB", "TRANG_THAI_KCB", layout))
    return _read_single_rows(
        "check-in", rows, layout, facility_field="MA_CSKCB", key_field="MA_LK", read=read_check_in
    )


def _read_deaths(root: etree._Element) -> NationalFile:
    """Read HSDLGBT: one death per GIAYBAOTU."""
    layout = Findings(1, "death")
    rows: list[Row] = []
    for child in root:
        if tag(child) == "GIAYBAOTU":
            rows += read_rows(child, "GIAYBAOTU", "", "", layout)
        elif tag(child) != "CHUKYDONVI":
            layout.add("record.unknown-element", severity="warning", table="GIAYBAOTU")
    numbered = tuple(replace(row, line=line) for line, row in enumerate(rows, start=1))
    return _read_single_rows(
        "death", numbered, layout, facility_field="MACSKCB", key_field="MA_GBT", read=read_death
    )


def _read_single_rows(
    kind: Literal["check-in", "death"],
    rows: tuple[Row, ...],
    layout: Findings,
    *,
    facility_field: str,
    key_field: str,
    read: Callable[[Row, Findings], Record | None],
) -> NationalFile:
    """Read a file in which each row is a record of its own and names its facility."""
    if not rows:
        raise NoRecords
    facility = next((value for row in rows if (value := row.text(facility_field))), None)
    if facility is None:
        raise NoFacility
    records: list[Record] = []
    problems = list(layout.problems)
    for number, row in enumerate(rows, start=1):
        findings = Findings(number, kind, row.text(key_field))
        if row.text(facility_field) not in {None, facility}:
            findings.add("record.facility-differs", table=row.table, line=row.line, name=facility_field)
        record = read(row, findings)
        records += [record] if record else []
        problems += findings.problems
    return NationalFile(kind, facility, tuple(records), tuple(problems))


def _refused_with(dossier: Dossier, row: Row) -> Problem:
    """Return the outcome of a birth whose dossier is refused as a whole."""
    return Problem(
        code="record.dossier-refused",
        dossier=dossier.findings.dossier,
        kind="birth",
        record_key=_birth_key(row),
        table=row.table,
        line=row.line,
    )


def _birth_key(row: Row) -> str | None:
    """Return the key of a birth certificate whose row may yet be refused."""
    number, book = row.text("SO"), row.text("QUYEN_SO")
    return certificate_key(number, book or "") if number else None


_READERS: dict[str, Callable[[etree._Element], NationalFile]] = {
    "GIAMDINHHS": _read_envelope,
    "CHI_TIEU_TRANG_THAI_KCB": _read_check_ins,
    "HSDLGBT": _read_deaths,
}
