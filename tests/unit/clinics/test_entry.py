"""What a clerk may scan or type."""

import pytest

from cardreader.errors import CardError
from clinics.clerk import read_clerk
from clinics.entry import read_entry
from clinics.errors import ClerkInvalid

ZONE = "IDVNM3000000012033300000001<<49504121F3504129VNM<<<<<<<<<<<0NGUYEN<<THI<MAU<THU<<<<<<<<<<<"
BASIC_ACCESS = "300000001295041213504129"
QR = "033300000001|145000001|NGUYỄN THỊ MẪU THỬ|12041995|Nữ|Xã Mẫu Một, Hưng Yên|15062021"


@pytest.mark.parametrize("text", ["033300000001", " 033 300 000 001 ", "033.300.000.001", QR, QR + "\r\n"])
def test_a_number_or_a_code_gives_the_last_six_digits_and_the_number_expected_on_the_card(text: str) -> None:
    entry = read_entry(text)
    assert (entry.keys.can, entry.id_number) == ("000001", "033300000001")


def test_six_digits_open_the_card_without_expecting_a_number() -> None:
    entry = read_entry("000001")
    assert (entry.keys.can, entry.id_number) == ("000001", None)


@pytest.mark.parametrize("text", [ZONE, f"{ZONE[:30]} {ZONE[30:60]} {ZONE[60:]}", ZONE.lower()])
def test_the_zone_opens_the_card_by_its_own_key_and_by_the_number_in_it(text: str) -> None:
    keys = read_entry(text).keys
    assert (keys.can, keys.zones) == ("000001", (BASIC_ACCESS,))


def test_the_24_characters_of_basic_access_control_are_enough() -> None:
    assert read_entry(BASIC_ACCESS).keys.zones == (BASIC_ACCESS,)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "card.number-invalid"),
        ("03330000000", "card.number-invalid"),
        ("٠٣٣٣٠٠٠٠٠٠٠١", "card.number-invalid"),
        ("0" * 5000, "card.number-invalid"),
        ("DN4339900000001|x|y$", "card.qr-invalid"),
        (ZONE[:-1], "card.mrz-invalid"),
        ("3" * 24, "card.mrz-invalid"),
    ],
    ids=["empty", "eleven", "other-digits", "endless", "paper-card", "short-zone", "wrong-digits"],
)
def test_anything_else_is_refused_by_its_code(text: str, code: str) -> None:
    with pytest.raises(CardError) as refused:
        read_entry(text)
    assert refused.value.code == code


def test_a_clerk_has_a_full_name_in_composed_letters_and_twelve_digits() -> None:
    clerk = read_clerk("  Trần Thị   Tiếp Đón ", "033 190 000 009")
    assert (clerk.full_name, clerk.id_number) == ("Trần Thị Tiếp Đón", "033190000009")


@pytest.mark.parametrize(
    ("name", "number"),
    [("Trần", "033190000009"), ("Trần 1", "033190000009"), ("<b> x", "033190000009"), ("a b", "3190000009")],
    ids=["one-word", "a-digit", "markup", "ten-digits"],
)
def test_what_is_no_clerk_is_refused(name: str, number: str) -> None:
    with pytest.raises(ClerkInvalid):
        read_clerk(name, number)
