"""What can go wrong, said once for everybody: code, meaning and remedy in Vietnamese and English.

`codes.csv` holds every failure code of every room. An error class or a refusal
carries only its code; whoever shows it to a person looks the words up here.
`expected.csv` says of the codes whose findings name an expected value what that value is.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

Expected = Literal["value", "example", "allowed", "paper", "other"]
"""What a finding's `expected` is: the right value, as it follows from the file; an example of how one is
written; what is allowed there; a paper that has to be there, too; what another place says.

Only the first one may ever be written where the wrong value stands.
"""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in the two languages of the house."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure code with what happened, what to do, and whether trying again can help."""

    code: str
    retry: bool
    message: Text
    remedy: Text
    expected: Expected = "allowed"

    def lines(self) -> tuple[str, str, str, str]:
        """Return what a person reads: `title [code]`, `→ remedy`, and both again in English without code."""
        return (
            f"{self.message.vi} [{self.code}]",
            f"  → {self.remedy.vi}",
            self.message.en,
            f"  → {self.remedy.en}",
        )


@cache
def all_failures() -> dict[str, Failure]:
    """Return every failure by its code, in the table's order."""
    expected = _expected()
    return {
        row["code"]: Failure(
            code=row["code"],
            retry=row["retry"] == "yes",
            message=Text(row["message_vi"], row["message_en"]),
            remedy=Text(row["remedy_vi"], row["remedy_en"]),
            expected=expected.get(row["code"], "allowed"),
        )
        for row in _rows("codes.csv")
    }


def failure(code: str) -> Failure:
    """Return the failure with this code.

    Raises KeyError: the code is not in the table (a test holds that this cannot happen).
    """
    return all_failures()[code]


def _expected() -> dict[str, Expected]:
    """Return what is expected under each code of `expected.csv`; of any other it is what is allowed."""
    found = {row["code"]: row["expected"] for row in _rows("expected.csv")}
    if not set(found.values()) <= set(get_args(Expected)):
        raise ValueError("expected.csv names a kind that there is not")
    return cast("dict[str, Expected]", found)


def _rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return list(csv.DictReader(files(__name__).joinpath(table).read_text(encoding="utf-8").splitlines()))
