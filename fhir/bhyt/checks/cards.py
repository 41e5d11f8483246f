"""The cards of a patient: four parallel lists, and numbers of the right form (R-101)."""

from dataclasses import dataclass

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.coverage import card_number, is_card_number
from bhyt.records.row import Row

_LISTS = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")


@dataclass(frozen=True, slots=True, repr=False)
class CardParts:
    """One card as the four lists write it; the end is None where it is left open."""

    number: str
    facility: str | None
    start: str
    end: str | None


def card_parts(row: Row, findings: Findings) -> tuple[CardParts, ...]:
    """Return the cards of an XML1 or check-in row; none for an uninsured patient, or when one is wrong.

    Lists of different length and a number of another form are errors: nobody could tell which
    card holds when. A number in small letters or with blanks is a warning. GT_THE_DEN may be empty
    as a whole or in part, as it is for some military cards. A semicolon behind the last
    part counts for nothing.
    """
    cards = row.parts("MA_THE_BHYT")
    while cards and not cards[-1]:
        cards = cards[:-1]
    if not cards:
        return ()
    facilities, starts, ends = (_parts(row, name, len(cards)) for name in _LISTS[1:])
    for name, parts in zip(_LISTS[1:], (facilities, starts, ends), strict=True):
        if len(parts) != len(cards) and (parts or name != "GT_THE_DEN"):
            findings.add(
                "record.card-lists-differ",
                table=row.table,
                line=row.line,
                name=name,
                value=str(len(parts)),
                expected=str(len(cards)),
            )
            return ()
    numbers = [number for card in cards if (number := _number(card, row, findings)) is not None]
    if len(numbers) < len(cards):
        return ()
    return tuple(
        CardParts(number, facility or None, start, end or None)
        for number, facility, start, end in zip(
            numbers, facilities, starts, ends or [""] * len(cards), strict=True
        )
    )


def _number(card: str, row: Row, findings: Findings) -> str | None:
    """Return the card's number, None if it is none; a number in small letters or with blanks is told."""
    if is_card_number(card):
        return card
    number = card_number(card)
    if number is None:
        note(findings, "record.bad-card-number", row, "MA_THE_BHYT", value=card)
    else:
        note(findings, "record.card-spelling", row, "MA_THE_BHYT", value=card, expected=number, hard=False)
    return number


def _parts(row: Row, name: str, cards: int) -> tuple[str, ...]:
    """Return the parts of a list, without empty ones behind the last card."""
    parts = row.parts(name)
    while len(parts) > cards and not parts[-1]:
        parts = parts[:-1]
    return parts
