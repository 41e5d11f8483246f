"""Files as other systems write them, made without our writer: everything is read, and read by name."""

import io

import pytest

from bhyt.national import NationalFile, open_file, read_chunk, read_file
from bhyt.national.layouts import inner_layouts
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.content import business_key, content_hash
from bhyt.records.visit import Visit
from bhyt.tables.fields import profile
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    ODD_ENVELOPE,
    envelope,
    inner_files,
)


def _open(data: bytes) -> NationalFile:
    return open_file(io.BytesIO(data))


def _odd_claim() -> Visit:
    record = next(_open(ODD_ENVELOPE).records()).record
    assert isinstance(record, Visit)
    return record


def test_an_odd_envelope_is_read_whole_with_a_warning_for_each_oddity() -> None:
    read = list(_open(ODD_ENVELOPE).records())
    assert [(one.number, one.kind, one.key, one.outcome) for one in read] == [
        (1, "claim", "SYN-33999-0000007", "accepted-with-warnings"),
        (1, "check-in", "SYN-33999-0000007", "accepted"),
        (2, "claim", "SYN-33999-0000008", "accepted-with-warnings"),
    ]
    assert {(p.code, p.where) for one in read for p in one.findings} == {
        ("record.unknown-element", "HOSO[1].GHI_CHU_FILE"),
        ("record.unknown-element", "HOSO[1].NGUOI_XUAT"),
        ("record.inner-not-base64", "XML3"),
        ("record.inner-empty", "XML5"),
        ("record.unknown-table", "XML12"),
        ("record.unknown-field", "XML1[1].MA_NOI_BO"),
        ("record.unknown-field", "XML2[1].MA_KHO_NOI_BO"),
        ("record.inner-layout", "XML1"),
        ("record.inner-layout", "XML3"),
        ("record.table-twice", "XML1"),
    }


def test_a_file_of_several_dossiers_without_their_count_is_read_with_two_warnings() -> None:
    problems = _open(ODD_ENVELOPE).problems
    assert [(p.code, p.rule, p.severity, p.where) for p in problems] == [
        ("file.no-count", "BHYT-R-002", "warning", "THONGTINHOSO.SOLUONGHOSO"),
        ("file.several-dossiers", "BHYT-R-002", "warning", "THONGTINHOSO"),
    ]


def test_cdata_comments_entities_and_blanks_are_what_they_stand_for() -> None:
    claim = _odd_claim()
    assert claim.patient.full_name == "LÊ THỊ VÍ DỤ"
    assert claim.row.text("LY_DO_VV") == "Ho < 3 tuần\r\n\tsốt (dữ liệu giả)"
    assert dict(claim.row.fields)["MA_NOI_BO"] == "HIS-7 "
    assert [line.name for line in claim.lines if line.table == "XML3"] == ["Khám Nội <giả>"]


def test_decomposed_letters_are_read_composed_and_kept_as_sent() -> None:
    claim = _odd_claim()
    assert claim.patient.address == "Thôn Mẫu, xã Giả Định"
    assert dict(claim.row.fields)["DIA_CHI"] != claim.patient.address


def test_parallel_lists_are_one_cover_for_each_card() -> None:
    covers = _odd_claim().covers
    assert [(c.card_number, c.primary_facility, str(c.valid_from), str(c.valid_to)) for c in covers] == [
        ("DN4339900000007", "33999", "2026-01-01", "2026-09-14"),
        ("HT3339900000007", "33001", "2026-09-15", "None"),
    ]


def test_a_birth_date_known_by_its_year_stays_a_year() -> None:
    birth_date = _odd_claim().patient.birth_date
    assert birth_date is not None
    assert birth_date.to_fhir() == "1995"


def test_the_certificates_of_2025_are_births_with_seconds_and_no_visit() -> None:
    file = _open(BIRTHS)
    first, second = (one.record for one in file.records())
    assert isinstance(first, Birth)
    assert isinstance(second, Birth)
    assert (file.kind, file.facility) == ("births", "33999")
    assert [business_key(first), first.facility, first.visit_id] == ["00021.GCS.33999.26", "33999", None]
    assert first.born.to_fhir() == "2026-09-14T13:50:27+07:00"
    assert (first.mother.full_name, first.mother.patient_number) == ("NGUYỄN THỊ MẪU SINH", "SYN0021")
    assert second.child_name is None
    assert second.row.text("HOTEN_MTH") == "HOÀNG THỊ NHỜ MANG THAI"
    assert second.row.text("NGAYSINH_CHA_MTH") == "19890000"


USUAL = {
    "code": "1",
    "integer": "1",
    "number": "1",
    "day": "20260914",
    "moment": "202609140905",
    "birth": "1995",
    "text": "Mẫu",
}


def _other(table: str, visit_id: str = "SYN-33999-0000001") -> str:
    """An inner file with one row that has the fields that the table demands."""
    layout = inner_layouts()[table]
    fields = [field for field in profile(table, "1931") if field.required in {"yes", "should"}]
    texts = {
        field.name: USUAL.get(field.kind, "202609" if field.kind == "birth" else "Mẫu") for field in fields
    }
    row = "".join(f"<{name}>{text}</{name}>" for name, text in {**texts, "MA_LK": visit_id}.items())
    if not layout.row:
        return f"<{layout.root}>{row}</{layout.root}>"
    return f"<{layout.root}><{layout.list}><{layout.row}>{row}</{layout.row}></{layout.list}></{layout.root}>"


OTHERS = {table: _other(table) for table in ("XML4", "XML5", "XML7", "XML8", "XML13", "XML14")}


def _claim(files: dict[str, str]) -> Visit:
    record = next(_open(envelope(files)).records()).record
    assert isinstance(record, Visit)
    return record


def test_the_other_tables_of_a_dossier_belong_to_the_claim() -> None:
    claim = _claim({**OTHERS, **inner_files()})
    assert [row.table for row in claim.others] == list(OTHERS)
    assert claim.others[0].text("MA_LK") == claim.visit_id


def test_the_other_tables_belong_to_the_content_in_whatever_order_they_are_sent() -> None:
    claim = _claim({**inner_files(), **OTHERS})
    reordered = _claim({**dict(reversed(OTHERS.items())), **inner_files()})
    other = _claim({**inner_files(), **OTHERS, "XML5": OTHERS["XML5"].replace("Mẫu", "Khác", 1)})
    assert content_hash(reordered) == content_hash(claim)
    assert len({content_hash(one) for one in (claim, other, _claim(inner_files()))}) == 3


def test_a_fault_in_another_table_is_a_fault_of_the_claim() -> None:
    files = {**inner_files(), "XML5": OTHERS["XML5"].replace("202609140905", "14/09/2026")}
    (refused, *_) = _open(envelope(files)).records()
    assert refused.outcome == "refused"
    assert {p.where.partition("[")[0] for p in refused.findings if p.severity == "error"} == {"XML5"}


@pytest.mark.parametrize("data", [ENVELOPE, ODD_ENVELOPE, CHECK_IN, DEATH_NOTICE, BIRTHS])
def test_a_chunk_yields_what_the_whole_file_yields(data: bytes) -> None:
    file = _open(data)
    head, tail = data[: file.outline.head_end], data[file.outline.tail_start :]
    chunked = [
        one
        for number, (start, end) in enumerate(file.outline.pieces, start=1)
        for one in read_chunk(head, tail, data[start:end], first=number)
    ]
    assert chunked == list(file.records())


def test_a_forced_generation_is_that_of_every_record() -> None:
    file = open_file(io.BytesIO(ENVELOPE), generation="130")
    assert {one.generation for one in file.records()} == {file.generation} == {"130"}


def test_a_birth_in_the_claims_and_its_certificate_have_one_key() -> None:
    certificate = BIRTHS.replace(b"00021.GCS.33999.26", b"00001.GCS.33999.26")
    births = [record for data in (ENVELOPE, certificate) for record in read_file(data).records]
    assert business_key(births[1]) == business_key(births[2]) == "00001.GCS.33999.26"


def test_a_check_in_is_the_same_alone_and_in_an_envelope() -> None:
    files = {**inner_files(), "XML0": CHECK_IN.decode()}
    files["XML0"] = files["XML0"].partition("?>")[2]
    alone = read_file(CHECK_IN).records[0]
    among = next(record for record in read_file(envelope(files)).records if isinstance(record, CheckIn))
    assert (business_key(alone), content_hash(alone)) == (business_key(among), content_hash(among))


def test_a_file_that_changes_between_the_passes_is_refused_record_by_record() -> None:
    file = io.BytesIO(envelope(inner_files(), inner_files()))
    found = open_file(file)
    first, _ = found.outline.pieces
    file.seek(first[0] + 10)
    file.write(b"<<<<")
    read = list(found.records())
    assert [(one.kind, one.outcome == "refused") for one in read] == [
        ("claim", True),
        ("claim", False),
        ("birth", False),
    ]
    assert read[0].findings[0].code == "record.not-xml"
