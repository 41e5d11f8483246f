"""Importing national XML against the bare parsers: `python -m tests.bench.national [MEGABYTES]`.

The baseline does what nobody can do without: iterparse over the envelope, base64 decoded, inner
files parsed, nothing looked at. Import is parse, validate, check and build the records. Ratios
matter, not this machine's seconds. The memory is the peak of a process that reads a file of
MEGABYTES (1,000), made for it in a temporary folder.
"""

import base64
import io
import re
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from lxml import etree

from bhyt.national import open_file
from bhyt.r4.bundle import element_of
from tests.unit.bhyt.samples import envelope, inner_files

DRUGS, SERVICES = 7, 8
DOSSIERS = 100
_SAMPLE = inner_files()
_WATCHED = """
import pathlib, sys
from bhyt.national import open_file
with open(sys.argv[1], "rb") as file:
    read = open_file(file)
    accepted = sum(record.outcome != "refused" for record in read.records())
print(accepted, pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def dossier(number: int) -> dict[str, str]:
    """Return the inner files of a claim of 15 lines whose sums are right; times differ from line to line."""
    drugs = _lines("XML2", "CHI_TIET_THUOC", DRUGS, number)
    services = _lines("XML3", "CHI_TIET_DVKT", SERVICES, number)
    lines = [*drugs, *services]
    supplies = [line for line in services if _text(line, "MA_NHOM") in {"10", "11"}]
    header = _SAMPLE["XML1"]
    for name, summed, among in (
        ("T_THUOC", "THANH_TIEN_BV", drugs),
        ("T_VTYT", "THANH_TIEN_BV", supplies),
        ("T_TONGCHI_BV", "THANH_TIEN_BV", lines),
        ("T_TONGCHI_BH", "THANH_TIEN_BH", lines),
        *((total, total, lines) for total in ("T_BNTT", "T_BNCCT", "T_BHTT")),
        ("T_BHTT_GDV", "T_BHTT", lines),
    ):
        header = _with(header, name, str(sum(Decimal(_text(line, summed)) for line in among)))
    files = {
        "XML1": header,
        "XML2": _filled("XML2", "CHI_TIET_THUOC", drugs),
        "XML3": _filled("XML3", "CHI_TIET_DVKT", services),
    }
    return {name: text.replace("SYN-33999-0000001", f"SYN-33999-{number:07}") for name, text in files.items()}


def write_large(path: Path, megabytes: int) -> int:
    """Write an envelope of about that size; return how many claims it holds."""
    head, _, rest = envelope(*map(dossier, range(1, DOSSIERS + 1))).partition(b"<HOSO>")
    body, _, tail = rest.rpartition(b"</HOSO>")
    block = b"<HOSO>" + body + b"</HOSO>"
    blocks = max(1, megabytes * 1_000_000 // len(block))
    counted = b"<SOLUONGHOSO>%d<" % (blocks * DOSSIERS)
    with path.open("wb") as file:
        file.write(re.sub(rb"<SOLUONGHOSO>\d+<", counted, head))
        for _ in range(blocks):
            file.write(block)
        file.write(tail)
    return blocks * DOSSIERS


def peak_of_reading(path: Path) -> tuple[int, int]:
    """Return how many records a process of its own accepts, and its peak memory in MB."""
    command = [sys.executable, "-c", _WATCHED, str(path)]
    accepted, kilobytes = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return int(accepted), int(kilobytes) // 1000


def baseline(data: bytes) -> None:
    """Parse the envelope and every inner file, and look at nothing."""
    for _, hoso in etree.iterparse(io.BytesIO(data), tag="HOSO"):
        for content in hoso.iter("NOIDUNGFILE"):
            etree.fromstring(base64.b64decode(content.text or ""))
        hoso.clear()


def imported(data: bytes) -> int:
    """Read every record; return how many were accepted."""
    return sum(record.outcome != "refused" for record in open_file(io.BytesIO(data)).records())


def mapped(data: bytes) -> int:
    """Read every record and convert it to FHIR; return how many."""
    records = (read.record for read in open_file(io.BytesIO(data)).records())
    return sum(1 for record in records if record and element_of(record))


def main(megabytes: int = 1000) -> None:
    """Print the ratios, and the memory of a large file."""
    data = envelope(*map(dossier, range(1, DOSSIERS + 1)))
    if imported(data) != DOSSIERS:
        raise AssertionError("the claims of this benchmark must be in order")
    out = sys.stdout.write
    out(f"{DOSSIERS} claims of {DRUGS + SERVICES} lines, {len(data) // DOSSIERS} bytes each\n")
    bare, read, converted = _seconds(lambda: baseline(data), lambda: imported(data), lambda: mapped(data))
    out(f"{'iterparse, base64, inner parse':<34}{len(data) / bare / 1e6:>8.1f} MB/s\n")
    for name, time, target in (
        ("import: parse, validate, records", read, "0.30"),
        ("import and FHIR", converted, "0.10"),
    ):
        rate = f"{len(data) / time / 1e6:>8.1f} MB/s {DOSSIERS / time:>7.0f} claims/s"
        out(f"{name:<34}{rate}   {bare / time:5.2f} of the bare parsers (target {target})\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xml"
        claims = write_large(path, megabytes)
        accepted, peak = peak_of_reading(path)
        size = path.stat().st_size // 1_000_000
    out(f"a file of {size} MB, {accepted} of {claims} claims accepted: {peak} MB at the peak (target 300)\n")


def _lines(table: str, row: str, count: int, number: int) -> list[str]:
    """Return that many rows of the sample, over and over, with numbers and times of their own."""
    rows = re.findall(f"<{row}>(.*?)</{row}>", _SAMPLE[table], re.DOTALL)
    lines = []
    for place in range(count):
        minute = (number * 7 + place * 3) % 60
        line = _with(rows[place % len(rows)], "STT", str(place + 1))
        line = _with(line, "NGAY_YL", f"2026091411{minute:02}")
        line = _with(line, "NGAY_TH_YL", f"2026091412{minute:02}")
        lines.append(_with(line, "NGAY_KQ", f"2026091413{minute:02}") if _text(line, "NGAY_KQ") else line)
    return lines


def _filled(table: str, row: str, lines: Sequence[str]) -> str:
    """Return the sample's inner file with these rows."""
    before, _, rest = _SAMPLE[table].partition(f"<{row}>")
    after = rest.rpartition(f"</{row}>")[2]
    return before + "".join(f"<{row}>{line}</{row}>" for line in lines) + after


def _text(row: str, name: str) -> str:
    """Return a field's text, empty if it is absent."""
    found = re.search(f"<{name}>(.*?)</{name}>", row)
    return found[1] if found else ""


def _with(row: str, name: str, text: str) -> str:
    """Return the row with another text in a field."""
    return re.sub(f"<{name}>.*?</{name}>", f"<{name}>{text}</{name}>", row)


def _seconds(*steps: Callable[[], object]) -> list[float]:
    """Return the shortest time of each step; they take turns, so that a busy machine slows all alike."""
    turns = [[timeit.timeit(step, number=1) for step in steps] for _ in range(9)]
    return [min(times) for times in zip(*turns, strict=True)]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
