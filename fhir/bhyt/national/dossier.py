"""One HOSO of an envelope: its inner files, each in base64, and the rows of the tables they hold."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from bhyt.errors import DoctypeFound, FileRefused
from bhyt.national.problems import Findings
from bhyt.national.xml import parse_xml, tag, text_of
from bhyt.records.row import Row
from bhyt.tables import TableRow, find


@dataclass(frozen=True, slots=True, repr=False)
class Dossier:
    """The rows of each table of one HOSO, and what is wrong with the dossier as a whole."""

    tables: dict[str, tuple[Row, ...]]
    findings: Findings

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table, none if it is absent."""
        return self.tables.get(table, ())

    @property
    def visit_id(self) -> str | None:
        """Return the MA_LK of the summary, or of whatever row has one."""
        for rows in (self.rows("XML1"), *self.tables.values()):
            for row in rows:
                if value := row.text("MA_LK"):
                    return value
        return None


def read_dossier(hoso: etree._Element, number: int) -> Dossier:
    """Return the tables of one HOSO; `number` is its place in the file.

    A fault of any inner file is an error of the whole dossier: half a dossier would be taken for
    a whole one. Tables that are known but not read are warnings.
    """
    findings = Findings(number)
    tables: dict[str, tuple[Row, ...]] = {}
    for filehoso in hoso.iterfind("FILEHOSO"):
        name = text_of(filehoso, "LOAIHOSO")
        layout = find("inner_files", name)
        if layout is None:
            findings.add("record.unknown-table")
        elif name in tables:
            findings.add("record.table-twice", table=name)
        elif layout["read"] == "yes":
            tables[name] = _read_inner(filehoso, layout, findings)
        else:
            tables[name] = ()
            findings.add("record.table-not-read", severity="warning", table=name)
    _check_ids(tables, findings)
    return Dossier(tables, findings)


def _read_inner(filehoso: etree._Element, layout: TableRow, findings: Findings) -> tuple[Row, ...]:
    """Return the rows of one inner file; what keeps it from being read goes to `findings`."""
    table = layout["code"]
    content = filehoso.find("NOIDUNGFILE")
    text = "".join((content.text or "").split()) if content is not None else ""
    if content is not None and (len(content) or text.startswith("<")):
        findings.add("record.inner-not-base64", table=table)
        return ()
    if not text:
        findings.add("record.inner-empty", table=table)
        return ()
    try:
        root = parse_xml(binascii.a2b_base64(text, strict_mode=True))
    except (binascii.Error, ValueError):
        findings.add("record.inner-broken-base64", table=table)
    except DoctypeFound:
        findings.add("record.inner-doctype", table=table)
    except FileRefused:
        findings.add("record.inner-not-xml", table=table)
    else:
        if tag(root) == layout["root"]:
            return tuple(read_rows(root, layout["code"], layout["list"], layout["row"], findings))
        findings.add("record.inner-wrong-root", table=table)
    return ()


def read_rows(
    root: etree._Element, table: str, list_name: str, row_name: str, findings: Findings
) -> Iterator[Row]:
    """Yield the rows below `root`: `list_name/row_name`, or `root` itself if both are empty.

    Other elements between them are noted and passed over; CHUKYDONVI (the signature) is known.
    """
    if not row_name:
        yield _row(root, table, 1, findings)
        return
    line = 0
    for child in root:
        if tag(child) == "CHUKYDONVI":
            continue
        if tag(child) != list_name:
            findings.add("record.unknown-element", severity="warning", table=table)
            continue
        for element in child:
            if tag(element) != row_name:
                findings.add("record.unknown-element", severity="warning", table=table)
                continue
            line += 1
            yield _row(element, table, line, findings)


def _row(element: etree._Element, table: str, line: int, findings: Findings) -> Row:
    """Return a row's fields in order; elements inside a field are noted and passed over."""
    fields = []
    for field in element:
        if len(field):
            findings.add("record.unknown-element", severity="warning", table=table, line=line)
            continue
        fields.append((tag(field), field.text or ""))
    return Row.of(table, line, fields)


def _check_ids(tables: dict[str, tuple[Row, ...]], findings: Findings) -> None:
    """Note every row whose MA_LK is not the dossier's own; rows without any are noted later."""
    ids = [(row, row.text("MA_LK")) for rows in tables.values() for row in rows]
    summary = next((value for row, value in ids if row.table == "XML1" and value), None)
    expected = summary or next((value for _, value in ids if value), None)
    for row, value in ids:
        if value is not None and value != expected:
            findings.add("record.visit-id-differs", table=row.table, line=row.line, name="MA_LK")
