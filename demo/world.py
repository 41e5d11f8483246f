"""The invented province: facilities, members and covers, the same bytes for the same seed, size and day.

Everything here is made up. Three people are fixed, because the national sample files and
the emulator's cards are theirs (the fourth card's holder is unknown here); all others are drawn.
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from pathlib import Path

from demo.names import full_name, place_name

PROVINCE = "33"
SAMPLE_FACILITY = "33999"
DEFAULT_SEED = 2026
DEFAULT_MEMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Facility:
    """One row of facilities.csv; `points` is the rating that decides self-referred outpatient care."""

    code: str
    name: str
    province: str
    level: str
    former_level: str
    points: int


@dataclass(frozen=True, slots=True)
class Cover:
    """One row of members.csv: a person with one cover; who has two covers has two rows."""

    national_id: str
    insurance_number: str
    full_name: str
    birth_date: str
    sex: str
    address: str
    card_number: str
    primary_facility: str
    valid_from: date
    valid_to: date
    five_years_from: date
    living_area: str


@dataclass(frozen=True, slots=True)
class _Tier:
    """How many facilities of a kind the province has, and the range of their points."""

    count: int
    kind: str
    level: str
    former_level: str
    points: tuple[int, int]


_TIERS = (
    _Tier(250, "Trạm Y tế xã", "primary", "commune", (10, 30)),
    _Tier(24, "Trung tâm Y tế khu vực", "basic", "district", (35, 49)),
    _Tier(10, "Bệnh viện đa khoa khu vực", "basic", "district", (50, 65)),
    _Tier(6, "Bệnh viện đa khoa tỉnh, cơ sở", "basic", "provincial", (55, 70)),
    _Tier(3, "Bệnh viện chuyên khoa", "specialized", "provincial", (70, 85)),
    _Tier(1, "Bệnh viện chuyên sâu", "specialized", "central", (90, 95)),
)

# Card group with its benefit level, and how many in a hundred adults hold it (invented shares).
_ADULT_CARDS = (
    ("DN4", 34),
    ("GD4", 34),
    ("HT3", 11),
    ("HC4", 4),
    ("CN3", 5),
    ("HN2", 4),
    ("CK2", 3),
    ("BT2", 5),
)


def facilities(seed: int = DEFAULT_SEED) -> list[Facility]:
    """Return the province's 295 facilities, the sample hospital 33999 last."""
    draw = random.Random(f"facilities {seed}")  # noqa: S311 - an invented world, not a secret
    made: list[Facility] = []
    for tier in _TIERS:
        for _ in range(tier.count):
            code = f"{PROVINCE}{len(made) + 1:03d}"
            name = f"{tier.kind} {place_name(draw)}"
            made.append(
                Facility(code, name, PROVINCE, tier.level, tier.former_level, draw.randint(*tier.points))
            )
    sample = Facility(SAMPLE_FACILITY, "Bệnh viện Mẫu (dữ liệu giả)", PROVINCE, "basic", "provincial", 60)
    return [*made, sample]


def covers(members: int = DEFAULT_MEMBERS, *, seed: int = DEFAULT_SEED, today: date) -> Iterator[Cover]:
    """Yield the covers of `members` invented people, those of the national samples first.

    About 3 in 100 covers ended before `today`, and 2 in 100 people hold a second one.
    """
    yield from sample_covers(today)
    primary = [facility.code for facility in facilities(seed) if facility.level != "specialized"]
    draw = random.Random(f"members {seed}")  # noqa: S311 - an invented world, not a secret
    issued: Counter[str] = Counter()
    for number in range(members):
        yield from _person(draw, f"{PROVINCE}{10_000_000 + number:08d}", issued, primary, today)


def sample_covers(today: date) -> tuple[Cover, ...]:
    """Return the covers of the people in the national samples and on the emulator's cards.

    The mother's and the old man's run to the end of the current year; Mr. Hết Hạn's ended
    with last year's first half. Ms. Vô Danh is unknown to the insurer, so she has none.
    """
    year_end = date(today.year, 12, 31)
    village = "Thôn Mẫu, xã Giả Định, tỉnh Hưng Yên (dữ liệu giả)"
    return (
        Cover(
            "033300000001", "9900000001", "NGUYỄN THỊ MẪU THỬ", "1995-04-12", "female", village,
            "DN4339900000001", SAMPLE_FACILITY, date(2026, 1, 1), year_end, date(2028, 1, 1), "",
        ),
        Cover(
            "033040000002", "9900000002", "TRẦN VĂN MẪU CỤ", "1940-01-15", "male", village,
            "HT3339900000002", SAMPLE_FACILITY, date(2026, 1, 1), year_end, date(2015, 1, 1), "",
        ),
        Cover(
            "033085000003", "9900000003", "PHẠM VĂN HẾT HẠN", "1985-06-20", "male", village,
            "GD4339900000003", SAMPLE_FACILITY,
            date(today.year - 1, 1, 1), date(today.year - 1, 6, 30), date(2030, 1, 1), "",
        ),
    )  # fmt: skip


def write(folder: Path, members: int = DEFAULT_MEMBERS, *, seed: int = DEFAULT_SEED, today: date) -> None:
    """Write facilities.csv and members.csv, as the gateway imports them, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facilities.csv").write_bytes(_csv(Facility, facilities(seed)))
    (folder / "members.csv").write_bytes(_csv(Cover, covers(members, seed=seed, today=today)))


def _csv(row_type: type[Facility] | type[Cover], rows: Iterable[Facility] | Iterable[Cover]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(row_type))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()


def _person(
    draw: random.Random, insurance_number: str, issued: Counter[str], primary: list[str], today: date
) -> Iterator[Cover]:
    """Yield one person's covers; `issued` counts the id numbers given out per sex and year of birth."""
    female = draw.random() < 0.51
    born = today - timedelta(days=int(draw.triangular(0, 90 * 365, 28 * 365)))
    prefix = f"0{PROVINCE}{2 * (born.year // 100 - 19) + female}{born.year % 100:02d}"
    issued[prefix] += 1
    person = {
        "national_id": f"{prefix}{99_999 + issued[prefix]}",
        "insurance_number": insurance_number,
        "full_name": full_name(draw, female=female),
        "birth_date": _birth_date(draw, born),
        "sex": "female" if female else "male",
        "address": f"Thôn {draw.randint(1, 12)}, xã {place_name(draw)}, tỉnh Hưng Yên (dữ liệu giả)",
        "primary_facility": draw.choice(primary),
        "living_area": draw.choices(("", "K1", "K2", "K3"), (94, 2, 2, 2))[0],
    }
    insured_since = max(born, date(today.year - draw.randint(1, 15), draw.randint(1, 12), 1))
    five_years = date(insured_since.year + 5, insured_since.month, 1)
    for group, start, end in _periods(draw, born, today):
        card = f"{group}{PROVINCE}{insurance_number}"
        yield Cover(**person, card_number=card, valid_from=start, valid_to=end, five_years_from=five_years)


def _periods(draw: random.Random, born: date, today: date) -> Iterator[tuple[str, date, date]]:
    """Yield group with level, first day and last day of a person's covers, this year's first."""
    year = today.year
    group = "TE1" if (today - born).days < 6 * 365 else draw.choices(*zip(*_ADULT_CARDS, strict=True))[0]
    if draw.random() < 0.03:
        yield group, date(year - 1, 1, 1), min(date(year - 1, 12, 31), today - timedelta(days=1))
    else:
        yield group, max(date(year, 1, 1), born), date(year, 12, 31)
    if draw.random() < 0.02 and group not in {"TE1", "HN2"}:
        yield "HN2", date(year, 1, 1), date(year, 12, 31)


def _birth_date(draw: random.Random, born: date) -> str:
    """Return the date as registered: of the old, some know only the year."""
    return str(born.year) if born.year < 1955 and draw.random() < 0.2 else born.isoformat()
