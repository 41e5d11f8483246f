"""Names as the systems print them: public reports of users, and the drivers' own lists (`reader_names`)."""

import pytest

from cardreader.pcsc import is_extended
from cardreader.reader_names import pick_reader, slot_of, takes_extended

ACR1252 = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00"
ACR1252_SAM = "ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00"
OMNIKEY_CL = "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL Smartcard Reader] (AB0001) 00 00"
OMNIKEY = "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422 Smartcard Reader] (AB0001) 01 00"
HELLO = "Windows Hello for Business 1"
PINPAD = "Gemalto PC Twin Reader (69988A87) 02 00"


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        (ACR1252, "contactless"),
        (ACR1252_SAM, "sam"),
        ("ACS ACR1252 Dual Reader PICC 0", "contactless"),
        ("ACS ACR1252 Dual Reader SAM 0", "sam"),
        ("ACS ACR122U PICC Interface 00 00", "contactless"),
        ("ACS ACR1281 1S Dual Reader ICC 0", "contact"),
        ("ACS ACR1281 1S Dual Reader PICC 0", "contactless"),
        ("ACS ACR1281 1S Dual Reader SAM 0", "sam"),
        ("ACS ACR1222 1SAM PICC Reader 00 00", "contactless"),
        ("OMNIKEY CardMan 5x21-CL 0", "contactless"),
        ("OMNIKEY CardMan 5x21 0", "contact"),
        (OMNIKEY_CL, "contactless"),
        (OMNIKEY, "contact"),
        ("Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F CL Reader] (55) 01 00", "contactless"),
        ("Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F Contact Reader] (55) 00 00", "contact"),
        ("Broadcom Corp 5880 [Contacted SmartCard] (0123456789ABCD) 02 00", "contact"),
        ("Broadcom Corp 5880 [Contactless SmartCard] (0123456789ABCD) 03 00", "contactless"),
        ("Feitian R502 [R502 SAM1 Reader] 02 00", "sam"),
        (HELLO, "none"),
        (PINPAD, "unknown"),
        ("Virtual PCD 00 00", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_slot_is_known_by_its_name(name: str, slot: str) -> None:
    assert slot_of(name) == slot


@pytest.mark.parametrize(
    ("name", "extended"),
    [
        ("ACS ACR122U PICC Interface 00 00", False),
        ("ACS ACR122 0", False),
        ("ACS ACR1281 1S Dual Reader [ACR1281 1S Dual Reader PICC] 01 00", False),
        (ACR1252, None),
        (OMNIKEY_CL, None),
        ("Virtual PCD 00 00", None),
    ],
)
def test_only_readers_known_to_be_short_are_called_so(name: str, extended: bool | None) -> None:
    assert takes_extended(name) is extended


@pytest.mark.parametrize(
    ("readers", "holding", "expected"),
    [
        pytest.param([ACR1252, ACR1252_SAM], [ACR1252_SAM], ACR1252, id="a security module is no card"),
        pytest.param([OMNIKEY, OMNIKEY_CL], [], OMNIKEY_CL, id="the contactless slot before a card comes"),
        pytest.param([OMNIKEY, OMNIKEY_CL], [OMNIKEY], OMNIKEY, id="the contact slot that holds the card"),
        pytest.param([OMNIKEY, OMNIKEY_CL], [OMNIKEY, OMNIKEY_CL], OMNIKEY_CL, id="the contactless of two"),
        pytest.param([HELLO, ACR1252], [HELLO], ACR1252, id="Windows' key store is no reader"),
    ],
)
def test_the_slot_for_the_persons_card_is_picked(
    readers: list[str], holding: list[str], expected: str
) -> None:
    assert pick_reader(readers, None, holds_card=holding.__contains__) == expected


def test_a_security_modules_slot_can_be_had_by_its_whole_name() -> None:
    assert pick_reader([ACR1252, ACR1252_SAM], ACR1252_SAM, holds_card=lambda _: False) == ACR1252_SAM


def test_beside_an_unknown_reader_none_is_guessed() -> None:
    assert pick_reader([PINPAD, OMNIKEY_CL], None, holds_card=lambda _: False) is None


@pytest.mark.parametrize(
    ("command", "extended"),
    [
        ("00840000", False),
        ("0084000008", False),
        ("00A4040C07A0000002471001", False),
        ("00B0810000", False),
        ("00B08100000000", True),
        ("00B08100000100", True),
        ("00860000000001AA0000", True),
    ],
    ids=[
        "case 1",
        "case 2 short",
        "case 3 short",
        "all 256",
        "all 65,536",
        "256 extended",
        "case 4 extended",
    ],
)
def test_an_extended_command_is_told_by_its_length_field(command: str, extended: bool) -> None:
    assert is_extended(bytes.fromhex(command)) is extended
