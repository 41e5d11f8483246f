"""The patient and the cards of XML1 and of a check-in, which name them alike."""

from datetime import date

from bhyt.checks.cards import card_parts
from bhyt.errors import BadDate
from bhyt.national.values import Values
from bhyt.problems import Findings
from bhyt.records.coverage import Coverage, card_number
from bhyt.records.dates import PartialDate, day_from_national
from bhyt.records.person import NATIONAL_SEX, Person, id_document


def read_patient(values: Values) -> Person:
    """Return the patient of an XML1 or check-in row. Raises MissingField: no name or birth date."""
    document = id_document(values.text("SO_CCCD"))
    numbers = map(card_number, values.row.parts("MA_THE_BHYT"))
    return Person(
        full_name=values.need_text("HO_TEN"),
        birth_date=values.need_moment("NGAY_SINH"),
        sex=NATIONAL_SEX.get(values.need_text("GIOI_TINH"), "unknown"),
        national_id=document.national_id,
        old_id=document.old_id,
        passport=document.passport,
        insurance_number=next((number[5:] for number in numbers if number), None),
        patient_number=values.text("MA_BN"),
        address=values.text("DIA_CHI"),
        province=values.text("MATINH_CU_TRU"),
        district=values.text("MAHUYEN_CU_TRU"),
        commune=values.text("MAXA_CU_TRU"),
        phone=values.text("DIEN_THOAI"),
        nationality=values.text("MA_QUOCTICH"),
        ethnicity=values.text("MA_DANTOC"),
        occupation=values.text("MA_NGHE_NGHIEP"),
    )


def read_covers(values: Values, findings: Findings) -> tuple[Coverage, ...]:
    """Return one cover per card of the four parallel lists; none for an uninsured patient.

    What is wrong with the lists, a number or a day is noted as an error (`bhyt.checks.cards`).
    """
    row = values.row
    five_years = _day(values.moment("NAM_NAM_LIEN_TUC"))
    exempt = _day(values.moment("NGAY_MIEN_CCT"))
    covers = []
    for card in card_parts(row, findings):
        try:
            covers.append(
                Coverage(
                    card_number=card.number,
                    primary_facility=card.facility,
                    valid_from=day_from_national(card.start),
                    valid_to=day_from_national(card.end) if card.end else None,
                    five_years_from=five_years,
                    exempt_from=exempt,
                    living_area=values.text("MA_KHUVUC"),
                )
            )
        except BadDate as error:
            findings.add(error.code, table=row.table, line=row.line, name="GT_THE_TU", value=card.start)
    return tuple(covers)


def _day(moment: PartialDate | None) -> date | None:
    """Return the day of a date that may be absent."""
    return moment.to_date() if moment else None
