"""A check-in made at our own desk as the row that the national check-in file (XML0) asks for."""

from bhyt.records.checkin import CheckIn
from bhyt.records.person import NATIONAL_SEX
from bhyt.tables import rows

_SEX = {sex: code for code, sex in NATIONAL_SEX.items()}
_COST_FIELDS = {
    "service": ("MA_DICH_VU", "TEN_DICH_VU"),
    "drug": ("MA_THUOC", "TEN_THUOC"),
    "supply": ("MA_VAT_TU", "TEN_VAT_TU"),
}


def national_row(check_in: CheckIn) -> dict[str, str]:
    """Return all 26 fields in the order of QĐ 4750/QĐ-BYT, empty where there is nothing to say.

    MA_BN is the facility's own number; the desk, which keeps none, gives the ID number.
    """
    person, covers, cost = check_in.patient, check_in.covers, check_in.first_cost
    number = person.national_id or person.old_id or person.passport or ""
    known = {
        "MA_LK": check_in.visit_id,
        "STT": "1",
        "MA_BN": person.patient_number or number,
        "HO_TEN": person.full_name,
        "SO_CCCD": number,
        "NGAY_SINH": person.birth_date.to_national() if person.birth_date else "",
        "GIOI_TINH": _SEX[person.sex],
        "MA_THE_BHYT": ";".join(cover.card_number for cover in covers),
        "MA_DKBD": ";".join(cover.primary_facility or "" for cover in covers),
        "GT_THE_TU": ";".join(f"{cover.valid_from:%Y%m%d}" for cover in covers),
        "GT_THE_DEN": ";".join(f"{cover.valid_to:%Y%m%d}" if cover.valid_to else "" for cover in covers),
        "MA_DOITUONG_KCB": check_in.visit_category,
        "NGAY_VAO": check_in.arrived.to_national(),
        "NGAY_VAO_NOI_TRU": check_in.admitted.to_national() if check_in.admitted else "",
        "LY_DO_VNT": check_in.admission_reason or "",
        "MA_LOAI_KCB": check_in.care_type,
        "MA_CSKCB": check_in.facility,
    }
    if cost:
        code_field, name_field = _COST_FIELDS[cost.kind]
        known |= {code_field: cost.code, name_field: cost.name or ""}
        known["NGAY_YL"] = (cost.ordered or check_in.arrived).to_national()
    return {row["field"]: known.get(row["field"], "") for row in rows("fields_checkin")}
