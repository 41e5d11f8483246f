"""What can go wrong, said once for everybody: code, meaning and remedy in Vietnamese and English.

`codes.csv` holds every failure code of every room. An error class or a refusal
carries only its code; whoever shows it to a person looks the words up here.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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
    table = files(__name__).joinpath("codes.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Failure(
            code=row["code"],
            retry=row["retry"] == "yes",
            message=Text(row["message_vi"], row["message_en"]),
            remedy=Text(row["remedy_vi"], row["remedy_en"]),
        )
        for row in csv.DictReader(table.splitlines())
    }


def failure(code: str) -> Failure:
    """Return the failure with this code.

    Raises KeyError: the code is not in the table (a test holds that this cannot happen).
    """
    return all_failures()[code]
