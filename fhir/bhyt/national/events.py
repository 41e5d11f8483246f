"""XML9 and GIAYCHUNGSINH read as births, GIAYBAOTU as a death, TRANG_THAI_KCB as a check-in."""

from contextlib import suppress

from bhyt.checks import check_birth, check_check_in, check_death
from bhyt.errors import BadDate
from bhyt.national.persons import read_covers, read_patient
from bhyt.national.values import Values, read_values
from bhyt.national.visits import row_day
from bhyt.problems import Findings
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn, FirstCost
from bhyt.records.content import certificate_key
from bhyt.records.dates import PartialDate
from bhyt.records.death import Death
from bhyt.records.person import NATIONAL_SEX, Person, id_document
from bhyt.records.row import Row
from bhyt.tables.generations import Generation


def read_birth(row: Row, findings: Findings, *, facility: str, generation: Generation) -> Birth | None:
    """Return the birth of a row of XML9 or GIAYCHUNGSINH, or None if it cannot be built.

    What is wrong goes to `findings`. The row has no field for the facility that issues it: that is
    the file's `facility`.
    """
    values = read_values(row, findings, on=row_day(row, "NGAY_CT"), generation=generation)
    if findings.errors:
        return None
    with findings:
        build = _certificate if row.table == "GIAYCHUNGSINH" else _birth
        birth = build(values, facility)
        check_birth(birth, findings)
        return birth
    return None


def birth_key(row: Row) -> str | None:
    """Return the key of a birth certificate whose row may yet be refused."""
    number, book = row.text("MA_GCS") or row.text("SO"), row.text("QUYEN_SO")
    return certificate_key(number, book) if number else None


def check_in_row_key(row: Row) -> str | None:
    """Return the key of a check-in whose row may yet be refused."""
    visit_id, admitted = row.text("MA_LK"), row.text("NGAY_VAO_NOI_TRU")
    if visit_id is None or admitted is None:
        return visit_id
    with suppress(BadDate):
        return f"{visit_id}/{PartialDate.moment_from_national(admitted).to_national()}"
    return visit_id


def read_death(row: Row, findings: Findings, *, generation: Generation) -> Death | None:
    """Return the death of one GIAYBAOTU, or None; what is wrong goes to `findings`."""
    values = read_values(row, findings, on=row_day(row, "NGAY_CAPGIAYBT"), generation=generation)
    if findings.errors:
        return None
    with findings:
        death = _death(values)
        check_death(death, findings)
        return death
    return None


def read_check_in(row: Row, findings: Findings, *, generation: Generation) -> CheckIn | None:
    """Return the check-in of one TRANG_THAI_KCB row, or None; what is wrong goes to `findings`."""
    values = read_values(row, findings, on=row_day(row, "NGAY_VAO"), generation=generation)
    covers = read_covers(values, findings)
    if findings.errors:
        return None
    with findings:
        check_in = CheckIn(
            visit_id=values.need_text("MA_LK"),
            facility=values.need_text("MA_CSKCB"),
            patient=read_patient(values),
            covers=covers,
            visit_category=values.need_text("MA_DOITUONG_KCB"),
            care_type=values.need_text("MA_LOAI_KCB"),
            arrived=values.need_moment("NGAY_VAO"),
            admitted=values.moment("NGAY_VAO_NOI_TRU"),
            admission_reason=values.text("LY_DO_VNT"),
            first_cost=_first_cost(values),
            row=row,
        )
        check_check_in(check_in, findings)
        return check_in
    return None


def _birth(values: Values, facility: str) -> Birth:
    """Build the birth. Raises MissingField: something that a birth cannot be without."""
    return Birth(
        certificate_number=values.need_text("SO"),
        book=values.need_text("QUYEN_SO"),
        facility=facility,
        visit_id=values.need_text("MA_LK"),
        child_name=values.text("HO_TEN_CON"),
        child_sex=NATIONAL_SEX.get(values.need_text("GIOI_TINH_CON"), "unknown"),
        born=values.need_moment("NGAY_SINH_CON"),
        weight=values.need_number("CAN_NANG_CON"),
        temporary_card=values.text("MA_THE_TAM"),
        mother=_mother(values, name="HO_TEN_NND", nationality="MA_QUOCTICH"),
        mother_card=values.text("MA_THE_NND"),
        father_name=values.text("HO_TEN_CHA"),
        children=values.need_integer("SO_CON"),
        birth_order=values.need_integer("LAN_SINH"),
        living_children=values.need_integer("SO_CON_SONG"),
        place=values.need_text("NOI_SINH_CON"),
        condition=values.need_text("TINH_TRANG_CON"),
        operative=values.text("SINHCON_PHAUTHUAT") == "1",
        before_32_weeks=values.text("SINHCON_DUOI32TUAN") == "1",
        attendant=values.need_text("NGUOI_DO_DE"),
        recorder=values.need_text("NGUOI_GHI_PHIEU"),
        issued=values.need_moment("NGAY_CT"),
        row=values.row,
    )


def _certificate(values: Values, facility: str) -> Birth:
    """Build the birth of the form of 2025, of which much may be left empty. Raises MissingField."""
    return Birth(
        certificate_number=values.need_text("MA_GCS"),
        book=values.text("QUYEN_SO"),
        facility=facility,
        visit_id=None,
        child_name=values.text("TEN_CON"),
        child_sex=NATIONAL_SEX.get(values.text("GIOI_TINH_CON") or "", "unknown"),
        born=values.need_moment("NGAY_SINH_CON"),
        weight=values.number("CAN_NANG_CON"),
        temporary_card=values.text("MA_THE_TAM"),
        mother=_mother(values, name="HOTEN_NND", nationality="MA_QUOCTICH_NND"),
        mother_card=values.text("MA_THE_NND"),
        father_name=values.text("HO_TEN_CHA"),
        children=values.integer("SO_CON"),
        birth_order=values.integer("LAN_SINH"),
        living_children=values.integer("SO_CON_SONG"),
        place=values.text("NOI_SINH_CON"),
        condition=values.text("TINH_TRANG_CON"),
        operative=values.text("SINHCON_PHAUTHUAT") == "1",
        before_32_weeks=values.text("SINHCON_DUOI32TUAN") == "1",
        attendant=values.text("NGUOI_DO_DE"),
        recorder=values.text("NGUOI_GHI_PHIEU"),
        issued=values.moment("NGAY_CT"),
        row=values.row,
    )


def _mother(values: Values, *, name: str, nationality: str) -> Person:
    """Return the mother or carer that the certificate names; it does not say the sex."""
    document = id_document(values.text("SO_CCCD_NND"))
    return Person(
        full_name=values.need_text(name),
        birth_date=values.need_moment("NGAYSINH_NND"),
        sex="unknown",
        national_id=document.national_id,
        old_id=document.old_id,
        passport=document.passport,
        insurance_number=values.text("MA_BHXH_NND"),
        patient_number=values.text("MA_BN"),
        address=values.text("NOI_CU_TRU_NND"),
        province=values.text("MATINH_CU_TRU"),
        district=values.text("MAHUYEN_CU_TRU"),
        commune=values.text("MAXA_CU_TRU"),
        nationality=values.text(nationality),
        ethnicity=values.text("MA_DANTOC_NND"),
    )


def _death(values: Values) -> Death:
    """Build the death. Raises MissingField: something that a death cannot be without."""
    return Death(
        notice_number=values.need_text("MA_GBT"),
        facility=values.need_text("MACSKCB"),
        facility_address=values.text("DIACHI_CSKCB"),
        person=_deceased(values),
        card_number=values.text("MA_THE"),
        medical_record=values.text("MA_HSBA"),
        admitted=values.need_moment("NGAYGIO_VV"),
        died=values.need_moment("NGAY_TV"),
        on_the_way=values.text("TINH_TRANG_TV") == "1",
        cause=values.need_text("NGUYENNHAN_TV"),
        cause_code=values.text("BENH_ICD10_ID"),
        cause_name=values.text("BENH_ICD10_TEN"),
        recorder=values.need_text("NGUOI_GHIGIAY"),
        relative=values.text("NGUOI_THANTHICH"),
        head=values.need_text("TTRUONG_DVI"),
        number=values.need_text("SO_BAOTU"),
        book=values.need_text("QUYEN_SO"),
        issued=values.need_moment("NGAY_CAPGIAYBT"),
        row=values.row,
    )


def _deceased(values: Values) -> Person:
    """Return who died. Raises MissingField: no name, birth date or sex."""
    document = id_document(values.text("SO_GIAYTO"))
    return Person(
        full_name=values.need_text("HO_TEN"),
        birth_date=values.need_moment("NGAY_SINH"),
        sex=NATIONAL_SEX.get(values.need_text("GIOI_TINH"), "unknown"),
        national_id=document.national_id,
        old_id=document.old_id,
        passport=document.passport,
        insurance_number=values.text("MA_BHXH"),
        patient_number=values.text("MA_BN"),
        address=values.text("DCHI_THUONGTRU"),
        province=values.text("MATINH_THUONGTRU"),
        district=values.text("MAHUYEN_THUONGTRU"),
        commune=values.text("MAXA_THUONGTRU"),
        nationality=values.text("MA_QUOCTICH"),
        ethnicity=values.text("MA_DANTOC"),
    )


def _first_cost(values: Values) -> FirstCost | None:
    """Return what first cost something: a service, else a drug, else a supply."""
    for kind, code, name in (
        ("service", "MA_DICH_VU", "TEN_DICH_VU"),
        ("drug", "MA_THUOC", "TEN_THUOC"),
        ("supply", "MA_VAT_TU", "TEN_VAT_TU"),
    ):
        if found := values.text(code):
            return FirstCost(kind, found, values.text(name), values.moment("NGAY_YL"))
    return None
