"""What opens a card: number, CAN, MRZ, QR code; and when the card of a QR code expires."""

from datetime import date

import pytest

from cardreader.access.keys import MAX_ZONES, AccessKeys
from cardreader.errors import CardError, MrzInvalid, NumberInvalid, QrInvalid
from cardreader.qr import expiry_candidates, parse_qr
from tests.unit.cardreader.vectors import BAC

QR = "033300000001|145000001|Nguyễn Thị Mẫu Thử|12041995|Nữ|Thôn Mẫu, Xã Thử, Hưng Yên|10052021"
VIETNAMESE_TD1 = "IDVNM3000000012033300000001<<49504121F3504129VNM<<<<<<<<<<<0NGUYEN<<THI<MAU<THU<<<<<<<<<<<"


def test_the_id_number_gives_its_last_six_digits_as_access_number() -> None:
    assert AccessKeys.from_number("033300012345") == AccessKeys(can="012345")


@pytest.mark.parametrize("number", ["", "12345678901", "1234567890123", "03330000000A", "٠٣٣٣٠٠٠٠٠٠٠١"])
def test_what_is_no_id_number_is_refused(number: str) -> None:
    with pytest.raises(NumberInvalid):
        AccessKeys.from_number(number)


@pytest.mark.parametrize("can", ["", "12345", "1234567", "12345A"])
def test_what_is_no_access_number_is_refused(can: str) -> None:
    with pytest.raises(NumberInvalid):
        AccessKeys.from_can(can)


def test_a_whole_zone_gives_both_keys_whatever_its_line_breaks() -> None:
    lines = [VIETNAMESE_TD1[:30], VIETNAMESE_TD1[30:60].lower(), VIETNAMESE_TD1[60:]]
    keys = AccessKeys.from_mrz("\n ".join(lines))
    assert keys == AccessKeys(can="000001", zones=("300000001295041213504129",))


def test_the_24_characters_of_the_key_are_a_key_too() -> None:
    assert AccessKeys.from_mrz(BAC["mrz_info"]) == AccessKeys(zones=(BAC["mrz_info"],))


@pytest.mark.parametrize("text", ["", "L898902C<369080619406237", VIETNAMESE_TD1[:-1], "É" * 90])
def test_a_mistyped_zone_is_refused_before_a_card_is_asked(text: str) -> None:
    with pytest.raises(MrzInvalid):
        AccessKeys.from_mrz(text)


def test_keys_never_show_themselves() -> None:
    keys = AccessKeys.from_qr(parse_qr(QR))
    assert "000001" not in repr(keys) + str(keys)
    assert "033300000001" not in repr(parse_qr(QR))


def test_the_code_of_an_id_card_is_read() -> None:
    code = parse_qr(QR)
    assert (code.id_number, code.old_id, code.sex) == ("033300000001", "145000001", "female")
    assert (code.full_name, code.birth_date, code.issue_date) == (
        "Nguyễn Thị Mẫu Thử",
        "1995-04-12",
        date(2021, 5, 10),
    )


def test_the_code_gives_the_number_and_two_zones() -> None:
    keys = AccessKeys.from_qr(parse_qr(QR))
    assert keys.can == "000001"
    assert keys.zones == ("300000001295041213504129", "300000001295041215504123")


@pytest.mark.parametrize(("birth", "expected"), [("00001940", "1940"), ("00031940", "1940-03")])
def test_a_birth_date_without_day_keeps_its_precision_and_gives_no_zone(birth: str, expected: str) -> None:
    code = parse_qr(f"033040000002||TRẦN VĂN MẪU CỤ|{birth}|Nam|Hưng Yên|10052021|more|fields")
    assert (code.birth_date, code.old_id) == (expected, None)
    assert AccessKeys.from_qr(code).zones == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("GD4333300000001|4e477579e1bb856e|12/04/1995|2|$", id="paper insurance card"),
        pytest.param("033300000001|145000001|Tên", id="too few fields"),
        pytest.param("033300000001||Tên|31021995|Nữ|Địa chỉ|10052021", id="a day that is none"),
        pytest.param("033300000001||Tên|12041995|Nữ|Địa chỉ|00002021", id="an issue year only"),
        pytest.param("033300000001||Tên|12040000|Nữ|Địa chỉ|10052021", id="the year zero"),
        pytest.param("033300000001||Tên|12049999|Nữ|Địa chỉ|10052021", id="the year 9999"),
        pytest.param("033300000001|x|Tên|12041995|Nữ|Địa chỉ|10052021", id="an old number that is none"),
        pytest.param("033300000001||" + "T" * 2000, id="too long"),
    ],
)
def test_what_is_no_id_card_code_is_refused(text: str) -> None:
    with pytest.raises(QrInvalid):
        parse_qr(text)


@pytest.mark.parametrize(
    ("born", "issued", "expected"),
    [
        pytest.param("1995-04-12", "2021-05-10", ("350412", "550412"), id="26: runs to 40, then 60"),
        pytest.param("1998-06-01", "2021-05-10", ("230601", "380601"), id="22: runs to 25, then 40"),
        pytest.param("1996-06-01", "2021-05-10", ("360601", "210601"), id="24: skips 25, runs to 40"),
        pytest.param("1980-01-01", "2021-05-10", ("400101", "991231"), id="41: runs to 60, then none"),
        pytest.param("1962-01-01", "2021-05-10", ("991231", "220101"), id="59: does not expire"),
        pytest.param("1940-01-15", "2021-05-10", ("991231",), id="81: does not expire"),
        pytest.param("2015-03-03", "2024-08-01", ("290303", "400303"), id="9 under the law of 2023"),
        pytest.param("2004-02-29", "2021-05-10", ("290228", "440229"), id="born on 29 February"),
    ],
)
def test_the_expiry_follows_the_age_milestones(born: str, issued: str, expected: tuple[str, ...]) -> None:
    assert expiry_candidates(date.fromisoformat(born), date.fromisoformat(issued)) == expected


def test_keys_from_two_sources_keep_their_order_and_the_limit_of_two_zones() -> None:
    both = AccessKeys.from_mrz(BAC["mrz_info"]).also(AccessKeys.from_qr(parse_qr(QR)))
    assert both.can == "000001"
    assert both.zones == (BAC["mrz_info"], "300000001295041213504129")
    assert len(both.zones) == MAX_ZONES


def test_every_input_error_is_one_of_ours() -> None:
    assert issubclass(MrzInvalid, CardError) and issubclass(QrInvalid, CardError)
