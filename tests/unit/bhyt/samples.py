"""The national samples, and envelopes made from their parts with one thing changed."""

import base64
import re
from pathlib import Path

NATIONAL = Path(__file__).parents[2] / "data" / "national"
ENVELOPE = (NATIONAL / "sample_envelope.xml").read_bytes()
CHECK_IN = (NATIONAL / "sample_checkin_xml0.xml").read_bytes()
DEATH_NOTICE = (NATIONAL / "sample_death_notice_HSDLGBT.xml").read_bytes()
BIRTHS = (NATIONAL / "births_HSDLGCS.xml").read_bytes()
ODD_ENVELOPE = (NATIONAL / "odd_envelope.xml").read_bytes()


def inner_files(data: bytes = ENVELOPE) -> dict[str, str]:
    """Return the decoded inner files of an envelope by LOAIHOSO."""
    pairs = re.findall(
        r"<LOAIHOSO>(.*?)</LOAIHOSO>\s*<NOIDUNGFILE>(.*?)</NOIDUNGFILE>", data.decode(), re.DOTALL
    )
    return {name: base64.b64decode(content).decode() for name, content in pairs}


def envelope(
    *dossiers: dict[str, str], facility: str = "33999", count: int | None = None, raw: str = ""
) -> bytes:
    """Return an envelope of these dossiers; `raw` stands as it is behind their inner files."""
    hosos = "".join(f"<HOSO>{''.join(map(_filehoso, d.items()))}{raw}</HOSO>" for d in dossiers)
    return (
        f"<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>20260916</NGAYLAP><SOLUONGHOSO>{len(dossiers) if count is None else count}</SOLUONGHOSO>"
        f"<DANHSACHHOSO>{hosos}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    ).encode()


def changed(table: str, old: str, new: str) -> bytes:
    """Return the sample envelope with the first `old` of one inner file replaced."""
    files = inner_files()
    assert old in files[table]
    return envelope({**files, table: files[table].replace(old, new, 1)})


def behind_another(data: bytes, record: str, old: bytes, new: bytes) -> bytes:
    """Return a file of rows with a copy of its rows before them, in which `old` is `new`."""
    start, end = data.index(b"<" + record.encode()), data.rindex(f"</{record}>".encode()) + len(record) + 3
    assert old in data[start:end]
    return data[:start] + data[start:end].replace(old, new) + data[start:]


def _filehoso(inner: tuple[str, str]) -> str:
    name, content = inner
    encoded = base64.b64encode(content.encode()).decode()
    return f"<FILEHOSO><LOAIHOSO>{name}</LOAIHOSO><NOIDUNGFILE>{encoded}</NOIDUNGFILE></FILEHOSO>"
