"""A hospital's own system: the month's export of outpatient claims, written as such systems write it.

Nothing of our own reading or writing is used here; the layout is that of CV 1245/BHXH-CNTT. The same
seed makes the same bytes. Everybody in it is invented.
"""

import random
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TextIO

from bhyt.records.dates import VIETNAM
from demo.names import full_name, place_name

FACILITY = "33999"
LEVEL = 80
DOCTOR = "000001/SYN-CCHN"
_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>{day}</NGAYLAP>\
<SOLUONGHOSO>{count}</SOLUONGHOSO><DANHSACHHOSO>
"""
_TAIL = "</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>\n"
_CENT = Decimal("0.01")

Fields = Mapping[str, object]


def write_export(
    path: Path,
    *,
    visits: int,
    lines: int = 15,
    seed: int = 1,
    month: tuple[int, int] = (2026, 10),
    faults: Collection[int] = (),
) -> Path:
    """Write `visits` claims of `lines` lines each (2 or more) of a month; return `path`.

    The visits in `faults`, counted from 1, state a drug's total as 1,000 đồng more than it is.
    """
    with path.open("w", encoding="utf-8", newline="") as out:
        _write(out, visits=visits, lines=lines, seed=seed, month=month, faults=faults)
    return path


def visit_key(number: int, seed: int = 1) -> str:
    """Return the MA_LK of a visit of an export."""
    return f"DEMO-{seed}-{number:06d}"


def _write(
    out: TextIO, *, visits: int, lines: int, seed: int, month: tuple[int, int], faults: Collection[int]
) -> None:
    year, number = month
    day = f"{year:04d}{number:02d}28"
    out.write(_HEAD.format(facility=FACILITY, day=day, count=visits))
    for visit in range(1, visits + 1):
        draw = random.Random(f"{seed} {visit}")  # noqa: S311 - an invented world, not a secret
        files = _visit(draw, visit_key(visit, seed), lines=lines, month=month, wrong=visit in faults)
        parts = (
            f"<FILEHOSO><LOAIHOSO>{name}</LOAIHOSO><NOIDUNGFILE>{_base64(text)}</NOIDUNGFILE></FILEHOSO>"
            for name, text in files
        )
        out.write(f"<HOSO>{''.join(parts)}</HOSO>\n")
    out.write(_TAIL)


def _visit(
    draw: random.Random, key: str, *, lines: int, month: tuple[int, int], wrong: bool
) -> Iterator[tuple[str, str]]:
    """Yield the inner files of one claim: XML1, XML2, XML3."""
    arrived = datetime(*month, draw.randint(1, 27), draw.randint(7, 15), draw.randint(0, 59), tzinfo=VIETNAM)
    services = max(1, lines // 3)
    drugs = [_drug(draw, key, number, arrived) for number in range(1, lines - services + 1)]
    done = [_service(draw, key, number, arrived) for number in range(1, services + 1)]
    summary = _summary(draw, key, arrived, drugs, done)
    if wrong:
        summary["T_THUOC"] = _money(Decimal(str(summary["T_THUOC"])) + 1000)
    yield "XML1", f"<TONG_HOP>{_elements(summary)}</TONG_HOP>"
    rows = "".join(f"<CHI_TIET_THUOC>{_elements(row)}</CHI_TIET_THUOC>" for row in drugs)
    yield (
        "XML2",
        f"<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>{rows}</DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>",
    )
    rows = "".join(f"<CHI_TIET_DVKT>{_elements(row)}</CHI_TIET_DVKT>" for row in done)
    yield (
        "XML3",
        f"<CHITIEU_CHITIET_DVKT_VTYT><DSACH_CHI_TIET_DVKT>{rows}</DSACH_CHI_TIET_DVKT>"
        "</CHITIEU_CHITIET_DVKT_VTYT>",
    )


def _drug(draw: random.Random, key: str, number: int, arrived: datetime) -> dict[str, object]:
    quantity, price = draw.randint(1, 30), Decimal(draw.randint(2, 900)) * 50
    covered = draw.choice((100, 100, 100, 50))
    total = quantity * price
    return {
        "MA_LK": key,
        "STT": number,
        "MA_THUOC": f"40.{draw.randint(1, 999)}.SYN",
        "MA_NHOM": 4,
        "TEN_THUOC": f"Thuốc mẫu {draw.randint(1, 400)} (giả)",
        "DON_VI_TINH": draw.choice(("Viên", "Ống", "Gói")),
        "HAM_LUONG": "500mg",
        "DUONG_DUNG": "1.01",
        "LIEU_DUNG": "1 viên/lần * 2 lần/ngày * 5 ngày",
        "SO_DANG_KY": "VN-00000-26",
        "TT_THAU": "0001/QĐ-SYN;G1;N4;2026",
        "PHAM_VI": 1,
        "TYLE_TT_BH": covered,
        "SO_LUONG": f"{quantity}.000",
        "DON_GIA": f"{price}.000",
        **_shares(total, total * covered / 100),
        "MA_KHOA": "K01",
        "MA_BAC_SI": DOCTOR,
        "NGAY_YL": _minute(arrived + timedelta(minutes=20)),
        "NGAY_TH_YL": _minute(arrived + timedelta(minutes=30)),
        "MA_PTTT": 1,
        "NGUON_CTRA": 1,
    }


def _service(draw: random.Random, key: str, number: int, arrived: datetime) -> dict[str, object]:
    price = Decimal(draw.randint(20, 400)) * 500
    return {
        "MA_LK": key,
        "STT": number,
        "MA_DICH_VU": "02.1896" if number == 1 else f"23.{number:04d}.SYN",
        "MA_NHOM": 13 if number == 1 else 1,
        "TEN_DICH_VU": "Khám Nội (giả)" if number == 1 else f"Xét nghiệm mẫu {number} (giả)",
        "DON_VI_TINH": "Lần",
        "PHAM_VI": 1,
        "SO_LUONG": 1,
        "DON_GIA_BV": price,
        "DON_GIA_BH": price,
        "TYLE_TT_DV": 100,
        "TYLE_TT_BH": 100,
        **_shares(price, price),
        "MA_KHOA": "K01",
        "MA_BAC_SI": DOCTOR,
        "NGUOI_THUC_HIEN": "000002/SYN-CCHN",
        "NGAY_YL": _minute(arrived + timedelta(minutes=5 + number)),
        "NGAY_TH_YL": _minute(arrived + timedelta(minutes=12 + number)),
        "NGAY_KQ": _minute(arrived + timedelta(minutes=40 + number)),
        "MA_PTTT": 1,
    }


def _shares(total: Decimal, insured: Decimal) -> dict[str, object]:
    """Return who pays what of a line, at the card's level (QĐ 4750)."""
    insured = insured.quantize(_CENT, ROUND_HALF_UP)
    fund = (insured * LEVEL / 100).quantize(_CENT, ROUND_HALF_UP)
    sources = ("NSNN", "VTNN", "VTTN", "CL")
    return {
        "THANH_TIEN_BV": _money(total),
        "THANH_TIEN_BH": _money(insured),
        **{f"T_NGUONKHAC_{source}": 0 for source in sources},
        "T_NGUONKHAC": 0,
        "MUC_HUONG": LEVEL,
        "T_BNTT": _money(total - insured),
        "T_BNCCT": _money(insured - fund),
        "T_BHTT": _money(fund),
    }


def _summary(
    draw: random.Random,
    key: str,
    arrived: datetime,
    drugs: list[dict[str, object]],
    services: list[dict[str, object]],
) -> dict[str, object]:
    def total(name: str, rows: list[dict[str, object]]) -> Decimal:
        return sum((Decimal(str(row[name])) for row in rows), Decimal(0))

    female, every = draw.random() < 0.5, [*drugs, *services]
    left, person = arrived + timedelta(hours=2), draw.randint(0, 9_999_999)
    return {
        "MA_LK": key,
        "STT": 1,
        "MA_BN": f"SYN{person:07d}",
        "HO_TEN": full_name(draw, female=female),
        "SO_CCCD": f"0331{draw.randint(60, 99)}{person % 1_000_000:06d}",
        "NGAY_SINH": f"{draw.randint(1950, 2005)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}0000",
        "GIOI_TINH": 2 if female else 1,
        "MA_QUOCTICH": "000",
        "MA_DANTOC": "01",
        "MA_NGHE_NGHIEP": "00000",
        "DIA_CHI": f"Thôn {place_name(draw)} (dữ liệu giả)",
        "MATINH_CU_TRU": "33",
        "MAXA_CU_TRU": "99999",
        "MA_THE_BHYT": f"GD433{person:010d}",
        "MA_DKBD": FACILITY,
        "GT_THE_TU": f"{arrived.year}0101",
        "GT_THE_DEN": f"{arrived.year}1231",
        "LY_DO_VV": "Mệt mỏi (dữ liệu giả)",
        "CHAN_DOAN_VAO": "Viêm họng cấp",
        "CHAN_DOAN_RV": "Viêm họng cấp",
        "MA_BENH_CHINH": "J02",
        "MA_DOITUONG_KCB": "1.1",
        "NGAY_VAO": _minute(arrived),
        "NGAY_RA": _minute(left),
        "SO_NGAY_DTRI": 0,
        "KET_QUA_DTRI": 1,
        "MA_LOAI_RV": 1,
        "NGAY_TTOAN": _minute(left + timedelta(minutes=5)),
        "T_THUOC": _money(total("THANH_TIEN_BV", drugs)),
        "T_VTYT": 0,
        "T_TONGCHI_BV": _money(total("THANH_TIEN_BV", every)),
        "T_TONGCHI_BH": _money(total("THANH_TIEN_BH", every)),
        "T_BNTT": _money(total("T_BNTT", every)),
        "T_BNCCT": _money(total("T_BNCCT", every)),
        "T_BHTT": _money(total("T_BHTT", every)),
        "T_NGUONKHAC": 0,
        "T_BHTT_GDV": _money(total("T_BHTT", every)),
        "NAM_QT": arrived.year,
        "THANG_QT": f"{arrived.month:02d}",
        "MA_LOAI_KCB": "01",
        "MA_KHOA": "K01",
        "MA_CSKCB": FACILITY,
        "CAN_NANG": "58.50",
        "MA_HSBA": f"SYN-HSBA-{person:07d}",
        "MA_TTDV": "0000000001",
    }


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())


def _base64(text: str) -> str:
    return b64encode(f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()).decode("ascii")


def _money(value: Decimal) -> str:
    return f"{value:.2f}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M}"
