"""The expected rate before the visit: level rate x routing rate, from the dated tables.

Luật BHYT Đ22 as amended by Luật 51/2024/QH15; NĐ 188/2025/NĐ-CP Đ19; visit categories of
QĐ 3276/QĐ-BYT. An estimate only: the category is settled when the visit ends.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bhyt import tables
from bhyt.records.coverage import Coverage
from bhyt.records.eligibility import Arrival, BenefitEstimate, Reason

MANY_POINTS = 50
_WHOLE = Decimal(100)
_BY_ARRIVAL: dict[Arrival, str] = {"emergency": "2", "referral": "1.3", "follow-up": "1.5"}


@dataclass(frozen=True, slots=True)
class FacilityFacts:
    """A facility's place in the tiers: `level` since 2025, `former_level` before, points of its rating."""

    code: str
    level: str
    former_level: str | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Arriving:
    """How the patient came, for which care (MA_LOAI_KCB), and when."""

    arrival: Arrival
    care_type: str
    on: date


def visit_category(facility: FacilityFacts, *, registered_at: str | None, arriving: Arriving) -> str:
    """Return the MA_DOITUONG_KCB to expect: the first of QĐ 3276 that fits what is known before the visit.

    The commune tier (1.2) goes before the place of registration, as the text of 1.1 says.
    """
    if arriving.arrival == "emergency":
        return _BY_ARRIVAL["emergency"]
    if facility.level == "primary" and facility.former_level in {None, "commune"}:
        return "1.2"
    if registered_at == facility.code:
        return "1.1"
    if arriving.arrival != "regular":
        return _BY_ARRIVAL[arriving.arrival]
    inpatient = _inpatient(arriving)
    match facility.level:
        case "primary":
            return "1.11"
        case "basic":
            return "1.15" if inpatient else _basic_outpatient(facility)
        case _:
            return _specialized(facility, inpatient=inpatient)


def estimate(cover: Coverage, facility: FacilityFacts, arriving: Arriving) -> BenefitEstimate | None:
    """Return the rates to expect under a cover, None where the tables have no rate for that day."""
    code = visit_category(facility, registered_at=cover.primary_facility, arriving=arriving)
    level = tables.find("benefit_levels", cover.benefit_level, key="level", on=arriving.on)
    route = _route(code, arriving)
    if level is None or route is None:
        return None
    full = route["full_level"] == "yes"
    level_rate = _WHOLE if full else Decimal(level["rate"])
    routing_rate = Decimal(route["routing_rate"])
    return BenefitEstimate(
        visit_category=code,
        level_rate=level_rate,
        routing_rate=routing_rate,
        rate=(level_rate * routing_rate / _WHOLE).normalize() + 0,
        reasons=(
            _reason("benefit.route", code, route),
            _reason("benefit.full-level" if full else "benefit.level", cover.benefit_level, level),
        ),
    )


def _basic_outpatient(facility: FacilityFacts) -> str:
    if facility.former_level in {"provincial", "central"}:
        return "1.14"
    if facility.points is None or facility.points < MANY_POINTS:
        return "1.12"
    return "3.3" if facility.former_level == "district" else "1.13"


def _specialized(facility: FacilityFacts, *, inpatient: bool) -> str:
    if facility.former_level == "district":
        return "3.3"
    if facility.former_level == "provincial":
        return "3.2" if inpatient else "1.18"
    return "3.1"


def _inpatient(arriving: Arriving) -> bool:
    care_type = tables.find("care_type", arriving.care_type)
    return care_type is not None and care_type["inpatient_rate"] == "yes"


def _route(code: str, arriving: Arriving) -> tables.TableRow | None:
    setting = "inpatient" if _inpatient(arriving) else "outpatient"
    for row in tables.rows("visit_category", on=arriving.on):
        if row["code"] == code and row["setting"] in {"", setting} and row["routing_rate"]:
            return row
    return None


def _reason(code: str, of: str, row: tables.TableRow) -> Reason:
    """Word a row of a table; the benefit level is named by its digit, the route by its category."""
    if code == "benefit.full-level":
        vi = "Khám tại cấp ban đầu: hưởng 100%, không phụ thuộc mức hưởng trên thẻ"
        en = "Primary tier: 100 %, whatever the level on the card"
    elif code == "benefit.level":
        vi, en = f"Mức hưởng {of} trên thẻ: {row['label_vi']}", f"Level {of} on the card: {row['label_en']}"
    else:
        vi = f"Mã đối tượng {of}: {row['label_vi']} – {row['routing_rate']}%"
        en = f"Category {of}: {row['label_en']} – {row['routing_rate']} %"
    return Reason(code, vi, en, row["source"])
