"""Names as a clerk compares them, ID documents by their form, and the parts of a card number."""

from datetime import date

import pytest

from bhyt.errors import BadCardNumber, NoIdentifier
from bhyt.records.coverage import Coverage
from bhyt.records.eligibility import Clerk, EligibilityQuestion
from bhyt.records.person import IdDocument, id_document, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Mẫu Thử", "NGUYỄN THỊ MẪU THỬ"),
        ("Lê Thị Hoà", "Lê Thị Hòa"),
        ("Trần Thuý", "Trần Thúy"),
        ("Đỗ  Văn\tA", "Ðỗ Văn A"),
        ("Nguyễn", "Nguye\u0302\u0303n"),
        ("H’Hen Niê", "H'Hen Niê"),
    ],
)
def test_two_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hòa", "Hoa"), ("Hòa", "Hóa"), ("Đỗ", "Dỗ"), ("Tư", "Tu"), ("", "")]
)
def test_another_letter_or_tone_is_another_name(one: str, other: str) -> None:
    assert not same_name(one, other)


def test_an_id_document_is_told_by_its_form() -> None:
    assert id_document("033300000001") == IdDocument(national_id="033300000001")
    assert id_document("012345678") == IdDocument(old_id="012345678")
    assert id_document("B1234567") == IdDocument(passport="B1234567")
    assert id_document("") == IdDocument()


def test_a_card_number_tells_group_level_province_and_person() -> None:
    cover = Coverage(
        card_number="DN4339900000001",
        primary_facility="33999",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )
    assert (cover.group, cover.benefit_level, cover.province) == ("DN", "4", "33")
    assert cover.insurance_number == "9900000001"
    assert cover.holds_on(date(2026, 12, 31))
    assert not cover.holds_on(date(2027, 1, 1))


@pytest.mark.parametrize("number", ["", "DN433990000000", "DN6339900000001", "dn4339900000001", "9900000001"])
def test_a_cover_without_a_card_number_of_15_characters_is_refused(number: str) -> None:
    with pytest.raises(BadCardNumber):
        Coverage(card_number=number, primary_facility=None, valid_from=date(2026, 1, 1), valid_to=None)


def test_a_question_about_nobody_is_refused() -> None:
    with pytest.raises(NoIdentifier):
        EligibilityQuestion(
            national_id=None,
            insurance_number=None,
            card_number=None,
            full_name="NGUYỄN THỊ MẪU THỬ",
            birth_date=None,
            sex=None,
            facility="33999",
            service_date=date(2026, 9, 14),
            asked_by=Clerk("LÊ THỊ VÍ DỤ", "033185000009"),
            presence_receipt=None,
            entered_by="typed",
        )
