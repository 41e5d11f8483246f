"""Names of invented people and places, put together from common Vietnamese syllables."""

import random

_FAMILY = "NGUYỄN NGUYỄN NGUYỄN TRẦN LÊ PHẠM HOÀNG VŨ ĐẶNG BÙI ĐỖ NGÔ DƯƠNG LÝ ĐÀO ĐINH LƯƠNG".split()
_MIDDLE = {
    True: "THỊ THỊ THU NGỌC THANH KHÁNH".split(),
    False: "VĂN VĂN ĐỨC MINH HỮU QUANG".split(),
}
_GIVEN = {
    True: "AN BÌNH CHI DUNG GIANG HÀ HẠNH HOA HUỆ HƯƠNG LAN LINH MAI NGA OANH THẢO THỦY TRANG YẾN".split(),
    False: "ANH BẢO CƯỜNG DŨNG ĐẠT HẢI HIẾU HÙNG HUY KHOA LÂM LONG NAM PHÚC QUÂN SƠN THẮNG TUẤN VIỆT".split(),
}
_PLACE_FIRST = "An Bình Đông Hòa Hưng Lạc Minh Nam Phú Quang Tân Thanh Trung Văn Yên".split()
_PLACE_LAST = "Cát Dương Đức Giang Hải Khê Lộc Mẫu Nghĩa Phong Sơn Thịnh Tiến Xuân".split()


def full_name(draw: random.Random, *, female: bool) -> str:
    """Return a full name in capitals, as cards print it."""
    return f"{draw.choice(_FAMILY)} {draw.choice(_MIDDLE[female])} {draw.choice(_GIVEN[female])}"


def place_name(draw: random.Random) -> str:
    """Return a two-syllable place name."""
    return f"{draw.choice(_PLACE_FIRST)} {draw.choice(_PLACE_LAST)}"
