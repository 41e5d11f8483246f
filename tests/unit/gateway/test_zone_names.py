"""Names out of a machine-readable zone; the zone's forms follow Doc 9303-3 §4.6, §6 and 9303-5 §4.2.3."""

import pytest

from gateway.domain.zone_names import agrees_with_zone


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("NGUYEN THI MAU THU", "Nguyễn Thị Mẫu Thử"),
        ("DANG THI DIEU", "ĐẶNG THỊ ĐIỀU"),
        ("DO THI HOA", "Ðỗ Thị Hòa"),
        ("LUONG THE UOC", "Lương Thế Ước"),
        ("HHEN NIE", "H'Hen Niê"),
        ("Y BIH E BAN", "Y Bih Ê-ban"),
        ("NGUYEN THI MAU THU", "Nguyễn Thị Mẫu Thử".lower()),
        ("TON NU THI NINH", "Tôn-nữ Thị Ninh"),
    ],
)
def test_a_name_agrees_with_its_zone(zone: str, name: str) -> None:
    assert agrees_with_zone(zone, name)


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("NGUYEN THI HOA", "Nguyễn Thị Hoàng"),
        ("NGUYEN THI", "Nguyễn Thị Mẫu"),
        ("NGUYEN VAN AN", "Nguyễn Thị An"),
        ("", "Nguyễn"),
        ("NGUYEN", ""),
        ("NGUYEN", "阮"),
    ],
)
def test_another_name_does_not(zone: str, name: str) -> None:
    assert not agrees_with_zone(zone, name)


# Thirty places of the third line, its second filler written as one space less: cut at the end, by a
# whole word, and by the ends of words (the forms of Doc 9303-5 §4.2.3, on an invented name).
LONG = "Công Tằng Tôn Nữ Thị Phương Nguyên Trang"


@pytest.mark.parametrize(
    "zone",
    [
        "CONG TANG TON NU THI PHUONG N",
        "CONG TANG TON NU THI PHUONG NG",
        "CONG TAN TON NU THI PHUO NGU T",
    ],
    ids=["last word", "one more letter", "ends of words"],
)
def test_a_name_that_was_cut_agrees_with_the_whole(zone: str) -> None:
    assert agrees_with_zone(zone, LONG)


def test_a_short_zone_was_not_cut() -> None:
    assert not agrees_with_zone("CONG TANG TON NU", LONG)


def test_a_cut_zone_of_another_name_does_not_agree() -> None:
    assert not agrees_with_zone("CONG TANG TON NU THI PHUONG L", LONG)
