"""XML1, XML2, XML3 and the other tables of a dossier read as the claim of one treatment episode."""

from collections.abc import Sequence
from datetime import date

from bhyt.errors import BadDate
from bhyt.national.figures import read_amounts, read_totals
from bhyt.national.persons import read_covers, read_patient
from bhyt.national.values import Values, read_values
from bhyt.problems import Findings
from bhyt.records.coverage import Coverage
from bhyt.records.dates import day_from_national
from bhyt.records.row import Row
from bhyt.records.visit import Diagnoses, Line, UnknownTable, Visit
from bhyt.tables.generations import Generation


def read_visit(
    header: Row,
    lines: Sequence[Row],
    findings: Findings,
    *,
    generation: Generation,
    others: Sequence[Row] = (),
    unknown: Sequence[UnknownTable] = (),
) -> Visit | None:
    """Return the claim, or None if it cannot be built; what is wrong with the values goes to `findings`.

    `header` is the row of XML1, `lines` those of XML2 and XML3, `others` those of all other tables
    that belong to the claim, in the order sent, `unknown` what nobody can read of it. Codes are those of
    the day of arrival.
    """
    on = row_day(header, "NGAY_VAO")
    values = read_values(header, findings, on=on, generation=generation)
    line_values = [read_values(line, findings, on=on, generation=generation) for line in lines]
    for row in others:
        read_values(row, findings, on=on, generation=generation)
    covers = read_covers(values, findings)
    if findings.errors:
        return None
    made: list[Line] = []
    for line in line_values:
        with findings:
            made.append(_line(line, insured=bool(covers)))
    with findings:
        visit = _visit(values, covers, made, others, unknown)
        return visit if len(made) == len(line_values) else None
    return None


def row_day(row: Row, field: str) -> date:
    """Return the day by which a row's codes are judged; the last of all days if the field tells none."""
    try:
        return day_from_national(row.text(field) or "")
    except BadDate:
        return date.max


def _visit(
    values: Values,
    covers: tuple[Coverage, ...],
    lines: Sequence[Line],
    others: Sequence[Row],
    unknown: Sequence[UnknownTable],
) -> Visit:
    """Build the claim. Raises MissingField: something that a claim cannot be without."""
    return Visit(
        visit_id=values.need_text("MA_LK"),
        facility=values.need_text("MA_CSKCB"),
        patient=read_patient(values),
        covers=covers,
        visit_category=values.need_text("MA_DOITUONG_KCB"),
        care_type=values.need_text("MA_LOAI_KCB"),
        arrived=values.need_moment("NGAY_VAO"),
        admitted=values.moment("NGAY_VAO_NOI_TRU"),
        ended=values.need_moment("NGAY_RA"),
        settled=values.moment("NGAY_TTOAN"),
        treatment_days=values.integer("SO_NGAY_DTRI"),
        reason=values.text("LY_DO_VV"),
        diagnoses=_diagnoses(values),
        procedures=_parts(values, "MA_PTTT_QT"),
        treatment_result=values.need_text("KET_QUA_DTRI"),
        discharge_type=values.need_text("MA_LOAI_RV"),
        accident=values.text("MA_TAI_NAN"),
        referred_from=values.text("MA_NOI_DI"),
        referred_to=values.text("MA_NOI_DEN"),
        referral_number=values.text("GIAY_CHUYEN_TUYEN"),
        departments=_parts(values, "MA_KHOA"),
        medical_record=values.text("MA_HSBA"),
        weight=values.number("CAN_NANG"),
        newborn_weights=values.numbers("CAN_NANG_CON"),
        settlement_month=_month(values),
        totals=read_totals(values, lines, insured=bool(covers)),
        lines=tuple(lines),
        row=values.row,
        others=tuple(others),
        unknown=tuple(unknown),
    )


def _month(values: Values) -> str:
    """Return the month of settlement, `2026-09`."""
    return f"{values.need_integer('NAM_QT'):04d}-{values.need_integer('THANG_QT'):02d}"


def _parts(values: Values, name: str) -> tuple[str, ...]:
    """Return the non-empty parts of a list."""
    parts = values.row.parts(name)
    return parts if all(parts) else tuple(filter(None, parts))


def _diagnoses(values: Values) -> Diagnoses:
    """Return the diagnoses of XML1."""
    return Diagnoses(
        principal=values.need_text("MA_BENH_CHINH"),
        others=_parts(values, "MA_BENH_KT"),
        traditional=_parts(values, "MA_BENH_YHCT"),
        at_admission=values.text("CHAN_DOAN_VAO"),
        at_discharge=values.text("CHAN_DOAN_RV"),
    )


def _line(values: Values, *, insured: bool) -> Line:
    """Return one line of XML2 or XML3. Raises MissingField: a figure or time is missing."""
    drug = values.row.table == "XML2"
    supply = not drug and values.text("MA_VAT_TU") is not None
    code, name = _what(drug=drug, supply=supply)
    return Line(
        table=values.row.table,
        number=values.need_text("STT"),
        code=values.text(code),
        name=values.text(name) or values.text("TEN_DICH_VU") or values.need_text(code),
        is_supply=supply,
        cost_group=values.need_text("MA_NHOM"),
        unit=values.text("DON_VI_TINH"),
        payment_method=values.text("MA_PTTT"),
        ordering=_parts(values, "MA_BAC_SI"),
        performing=_parts(values, "NGUOI_THUC_HIEN"),
        ordered=values.moment("NGAY_YL"),
        executed=values.moment("NGAY_TH_YL"),
        amounts=read_amounts(values, drug=drug, insured=insured),
        row=values.row,
    )


def _what(*, drug: bool, supply: bool) -> tuple[str, str]:
    """Return the fields that hold the code and the name of what was given."""
    if drug:
        return "MA_THUOC", "TEN_THUOC"
    return ("MA_VAT_TU", "TEN_VAT_TU") if supply else ("MA_DICH_VU", "TEN_DICH_VU")
