"""What keeps one record of a readable file from being read, with the place to mend it."""

import pytest

from bhyt.national import read_file
from bhyt.problems import MAX_PROBLEMS, TOO_MANY, Findings, Problem
from bhyt.records.content import business_key
from failures import failure
from tests.unit.bhyt.births import certificate
from tests.unit.bhyt.samples import (
    CHECK_IN,
    DEATH_NOTICE,
    behind_another,
    changed,
    envelope,
    inner_files,
)

FILES = inner_files()


def _errors(data: bytes) -> list[Problem]:
    return [problem for problem in read_file(data).problems if problem.severity == "error"]


RAW = "<FILEHOSO><LOAIHOSO>XML3</LOAIHOSO><NOIDUNGFILE>{}</NOIDUNGFILE></FILEHOSO>"
WITHOUT_XML3 = {name: text for name, text in FILES.items() if name != "XML3"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(
            envelope(WITHOUT_XML3, raw=RAW.format("PD94bWw*")),
            "record.inner-broken-base64",
            id="broken-base64",
        ),
        pytest.param(
            envelope(WITHOUT_XML3, raw=RAW.format("PD94bWw")), "record.inner-broken-base64", id="cut-base64"
        ),
        pytest.param(
            envelope({**FILES, "XML2": FILES["XML2"].replace("40.573", "40.5")}, raw="").replace(
                b"<LOAIHOSO>XML3", b"<LOAIHOSO>XML2"
            ),
            "record.table-twice",
            id="a-table-twice-with-other-rows",
        ),
        pytest.param(envelope({**FILES, "XML3": "<a><b></a>"}), "record.inner-not-xml", id="not-xml"),
        pytest.param(
            envelope({**FILES, "XML3": "<!DOCTYPE a []><a/>"}), "record.inner-doctype", id="inner-doctype"
        ),
        pytest.param(
            envelope({**FILES, "XML3": FILES["XML2"]}), "record.inner-wrong-root", id="root-of-another-table"
        ),
        pytest.param(envelope({"XML2": FILES["XML2"]}), "record.no-summary", id="no-xml1"),
        pytest.param(envelope(FILES, facility="33998"), "record.facility-differs", id="foreign-facility"),
        pytest.param(
            changed("XML3", "SYN-33999-0000001", "SYN-33999-0000009"),
            "record.visit-id-differs",
            id="mixed-ids",
        ),
    ],
)
def test_a_dossier_with_such_a_fault_is_refused_as_a_whole(data: bytes, code: str) -> None:
    file = read_file(data)
    assert code in {problem.code for problem in file.problems if problem.severity == "error"}
    assert file.records == ()
    assert failure(code).remedy.vi


def test_the_births_of_a_refused_dossier_are_refused_by_name() -> None:
    births = [p for p in _errors(envelope({**FILES, "XML3": "<a/>"})) if p.kind == "birth"]
    assert [(p.code, p.record_key) for p in births] == [("record.dossier-refused", "00001.GCS.33999.26")]


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (
            changed("XML1", "<MA_LK>SYN-33999-0000001</MA_LK>", "<MA_LK> </MA_LK>"),
            "record.no-visit-id",
            "XML1[1].MA_LK",
        ),
        (changed("XML1", "O80", ""), "record.missing-field", "XML1[1].MA_BENH_CHINH"),
        (changed("XML1", "199504120000", "199513120000"), "record.bad-date", "XML1[1].NGAY_SINH"),
        (changed("XML1", "1031564.80", "1.031.564,80"), "record.comma-in-number", "XML1[1].T_BHTT"),
        (changed("XML2", "18900", "18,900"), "record.comma-in-number", "XML2[2].DON_GIA"),
        (
            changed("XML3", "<NGAY_YL>202609140905", "<NGAY_YL>20260914 905"),
            "record.bad-date",
            "XML3[1].NGAY_YL",
        ),
        (
            changed("XML1", "DN4339900000001", "DN433990000000"),
            "record.bad-card-number",
            "XML1[1].MA_THE_BHYT",
        ),
        (
            changed("XML1", "DN4339900000001", "DN4339900000001;GD4339900000001"),
            "record.card-lists-differ",
            "XML1[1].MA_DKBD",
        ),
        (
            changed("XML1", "<STT>1</STT>", "<STT>1</STT><MA_BN>KHAC</MA_BN>"),
            "record.field-twice",
            "XML1[1].MA_BN",
        ),
    ],
)
def test_a_fault_in_a_claim_names_table_line_and_field(data: bytes, code: str, where: str) -> None:
    assert (code, where) in [(problem.code, problem.where) for problem in _errors(data)]
    assert [business_key(record) for record in read_file(data).records] == ["00001.GCS.33999.26"]


def test_a_fault_in_a_birth_does_not_touch_the_claim() -> None:
    file = read_file(changed("XML9", "<SO_CON>1", "<SO_CON>một"))
    assert [(p.code, p.where) for p in file.problems if p.kind == "birth"] == [
        ("record.bad-number", "XML9[1].SO_CON")
    ]
    assert [business_key(record) for record in file.records] == ["SYN-33999-0000001"]


def test_two_cards_in_one_visit_are_two_covers() -> None:
    files = dict(FILES)
    for old, new in (
        ("DN4339900000001", "DN4339900000001;HT3339900000001"),
        ("<MA_DKBD>33999", "<MA_DKBD>33999;33001"),
        ("<GT_THE_TU>20260101", "<GT_THE_TU>20260101;20260915"),
        ("<GT_THE_DEN>20261231", "<GT_THE_DEN>20260914;"),
    ):
        files["XML1"] = files["XML1"].replace(old, new)
    covers = read_file(envelope(files)).records[0].covers  # type: ignore[union-attr]  # the first is the claim
    assert [(c.benefit_level, c.primary_facility, c.valid_to is None) for c in covers] == [
        ("4", "33999", False),
        ("3", "33001", True),
    ]


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        pytest.param(
            envelope(FILES, raw=RAW.format("<A/>").replace("XML3", "XML16")),
            "record.unknown-table",
            "XML16",
            id="unknown-loaihoso",
        ),
        pytest.param(envelope({**FILES, "XML12": "<A/>"}), "record.unknown-table", "XML12", id="portal-only"),
        pytest.param(
            envelope(WITHOUT_XML3, raw=RAW.format(FILES["XML3"].partition("?>")[2])),
            "record.inner-not-base64",
            "XML3",
            id="nested-xml",
        ),
        pytest.param(
            envelope(WITHOUT_XML3, raw=RAW.format(f"<![CDATA[{FILES['XML3']}]]>")),
            "record.inner-not-base64",
            "XML3",
            id="nested-xml-as-text",
        ),
        pytest.param(
            envelope(FILES, raw=RAW.format("").replace("XML3", "XML4")),
            "record.inner-empty",
            "XML4",
            id="empty",
        ),
        pytest.param(
            envelope(FILES, raw=RAW.format("\n ").replace("XML3", "XML4")),
            "record.inner-empty",
            "XML4",
            id="blank",
        ),
        pytest.param(
            envelope(FILES, raw="<GHI_CHU/>"),
            "record.unknown-element",
            "HOSO[1].GHI_CHU",
            id="beside-the-files",
        ),
    ],
)
def test_a_dossier_with_such_an_oddity_is_read_with_a_warning(data: bytes, code: str, where: str) -> None:
    file = read_file(data)
    assert (code, "warning", where) in [(p.code, p.severity, p.where) for p in file.problems]
    assert len(file.records) == 2


@pytest.mark.parametrize(
    ("data", "code", "where"),
    [
        (
            changed("XML1", "<KET_QUA_DTRI>1", "<KET_QUA_DTRI>9"),
            "record.unknown-code",
            "XML1[1].KET_QUA_DTRI",
        ),
        (changed("XML1", "<MA_LOAI_KCB>03", "<MA_LOAI_KCB>033"), "record.too-long", "XML1[1].MA_LOAI_KCB"),
        (
            changed("XML3", "<MA_NHOM>13</MA_NHOM>", "<MA_NHOM>12</MA_NHOM>"),
            "record.missing-conditional-field",
            "XML3[1].MA_XANG_DAU",
        ),
        (
            changed("XML2", "</DSACH_CHI_TIET_THUOC>", "<LA/></DSACH_CHI_TIET_THUOC>"),
            "record.unknown-element",
            "XML2.LA",
        ),
    ],
)
def test_what_may_yet_pass_is_a_warning_and_the_claim_is_read(data: bytes, code: str, where: str) -> None:
    file = read_file(data)
    assert (code, "warning", where) in [(p.code, p.severity, p.where) for p in file.problems]
    assert len(file.records) == 2


def test_the_district_is_not_demanded_of_any_year_as_none_is_left() -> None:
    before = changed("XML1", "<NGAY_VAO>202609", "<NGAY_VAO>202506")
    assert "MAHUYEN_CU_TRU" not in [problem.field for problem in read_file(before).problems]


def test_a_category_of_another_year_is_not_in_the_list() -> None:
    file = read_file(changed("XML1", "<MA_DOITUONG_KCB>1.1", "<MA_DOITUONG_KCB>1.8"))
    assert ("record.unknown-code", "MA_DOITUONG_KCB") in [(p.code, p.field) for p in file.problems]


@pytest.mark.parametrize(
    ("data", "record", "old", "new"),
    [
        (CHECK_IN, "TRANG_THAI_KCB", b"<MA_CSKCB>33999", b"<MA_CSKCB>33998"),
        (DEATH_NOTICE, "GIAYBAOTU", b"<MACSKCB>33999", b"<MACSKCB>33998"),
        (certificate(), "GIAYCHUNGSINH", b".33999.26</MA_GCS>", b".33998.26</MA_GCS>"),
        (certificate(), "GIAYCHUNGSINH", b".33999.26</MA_GCS>", b"</MA_GCS>"),
    ],
    ids=["check-ins", "deaths", "births", "births-without-a-national-number"],
)
def test_a_first_row_of_another_facility_keeps_no_other_row_from_being_read(
    data: bytes, record: str, old: bytes, new: bytes
) -> None:
    file = read_file(behind_another(data, record, old, new))
    assert [one.facility for one in file.records][1:] == ["33999"]
    assert "record.facility-differs" not in {problem.code for problem in file.problems}


def test_a_death_without_a_time_of_death_is_refused() -> None:
    data = DEATH_NOTICE.replace(b"<NGAY_TV>202609112230</NGAY_TV>", b"")
    assert [(p.code, p.where, p.record_key) for p in _errors(data)] == [
        ("record.missing-field", "GIAYBAOTU[1].NGAY_TV", "00001.GBT.33999.26")
    ]


def test_a_million_faults_are_listed_only_so_far() -> None:
    line = "<CHI_TIET_DVKT><MA_LK>SYN-33999-0000001</MA_LK></CHI_TIET_DVKT>"
    many = FILES["XML3"].replace("</DSACH_CHI_TIET_DVKT>", line * 100 + "</DSACH_CHI_TIET_DVKT>")
    claim = [p for p in read_file(envelope({**FILES, "XML3": many})).problems if p.kind == "claim"]
    assert len(claim) == MAX_PROBLEMS + 2
    closing = [(problem.code, problem.severity, problem.value) for problem in claim[MAX_PROBLEMS:]]
    assert closing == [(TOO_MANY, "error", "1000"), (TOO_MANY, "warning", "1600")]


def test_an_error_is_told_however_many_warnings_came_before_it() -> None:
    findings = Findings(1)
    for line in range(MAX_PROBLEMS + 50):
        findings.add("record.too-long", severity="warning", line=line)
    findings.add("claim.total", line=7)
    assert len(findings.problems) == MAX_PROBLEMS + 1
    assert [problem.code for problem in findings.problems if problem.severity == "error"] == ["claim.total"]
    closing = findings.problems[-1]
    assert (closing.code, closing.severity, closing.value) == (TOO_MANY, "warning", str(MAX_PROBLEMS + 50))
