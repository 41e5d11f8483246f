"""Files as a hospital's system exports them, made from the national samples."""

from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "data" / "national"
CHECK_IN = SAMPLES / "sample_checkin_xml0.xml"
ENVELOPE = SAMPLES / "sample_envelope.xml"
DEATH = SAMPLES / "sample_death_notice_HSDLGBT.xml"
VISIT = "SYN-33999-0000001"


def check_in_file(path: Path, visits: list[str]) -> Path:
    """Write a check-in file with one row for each visit key; return `path`."""
    text = CHECK_IN.read_text(encoding="utf-8")
    start, end = text.index("<TRANG_THAI_KCB>"), text.index("</DSACH_TRANG_THAI_KCB>")
    row = text[start:end]
    rows = "".join(row.replace(VISIT, visit) for visit in visits)
    path.write_text(text[:start] + rows + text[end:], encoding="utf-8")
    return path
