"""The generations of the national formats: each a decision of the ministry that changed the tables."""

from datetime import date
from functools import cache
from typing import Literal, cast

from bhyt.tables import rows

Generation = Literal["130", "4750", "3176", "1931"]


@cache
def generations() -> tuple[Generation, ...]:
    """Return all generations, the oldest first."""
    return tuple(cast("Generation", row["code"]) for row in rows("generations"))


def generations_between(since: str, until: str) -> tuple[Generation, ...]:
    """Return the generations from `since` to `until`, both included; an empty text is an open end."""
    found = generations()
    first = found.index(cast("Generation", since)) if since else 0
    last = found.index(cast("Generation", until)) if until else len(found) - 1
    return found[first : last + 1]


def generation_on(day: date) -> Generation:
    """Return the generation that counts on a day, the oldest one for days before all of them."""
    found = [row["code"] for row in rows("generations") if row["valid_from"] <= day.isoformat()]
    return cast("Generation", found[-1]) if found else generations()[0]


def signed_by(day: date) -> tuple[Generation, ...]:
    """Return the generations whose decision was signed by `day`; nobody could follow another one."""
    found = [row["code"] for row in rows("generations") if row["signed"] <= day.isoformat()]
    return tuple(cast("Generation", code) for code in found)
