"""How the portal judges a card and a question (result_codes, eligibility door); pure.

The code of the first thing that is wrong, in the order of the guide: form, clerk, card, name, birth.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from gateway.upstream.double.world import World

NUMBER_LENGTHS = frozenset({10, 12, 15})
"""An insurance number, an ID number, a card."""
_BORN = re.compile(r"(?:(?:\d{2}/)?\d{2}/)?\d{4}", re.ASCII)


def is_birth_date(text: str) -> bool:
    """Say whether this is dd/MM/yyyy, MM/yyyy or yyyy."""
    return _BORN.fullmatch(text) is not None


def clerk_fault(world: World, asked: Mapping[str, str]) -> str | None:
    """Return what is wrong with who asks: 205 where nobody is named, None where nothing is."""
    name, number = asked.get("hoTenCb", ""), asked.get("cccdCb", "")
    if not (name and number) or not _is_formed(asked):
        return "205"
    clerk = world.clerks.get(number)
    if clerk is None:
        return "054"
    return None if _folded(clerk) == _folded(name) else "055"


def verdict(world: World, asked: Mapping[str, str], *, today: date) -> tuple[str, Mapping[str, str] | None]:
    """Return the result code, and the card where the answer shows one."""
    number, name, born = (asked.get(key, "").strip() for key in ("maThe", "hoTen", "ngaySinh"))
    if not _is_formed(asked):
        return "205", None
    if len(number) not in NUMBER_LENGTHS:
        return "051", None
    card = world.card(number)
    if card is None:
        return "050", None
    if _folded(card["hoTen"]) != _folded(name):
        return ("061" if _folded(card["hoTen"])[:1] == _folded(name)[:1] else "060"), None
    if not card["ngaySinh"].endswith(born):
        return "070", None
    return _standing(card, today), card


def _is_formed(asked: Mapping[str, str]) -> bool:
    number, name, born = (asked.get(key, "").strip() for key in ("maThe", "hoTen", "ngaySinh"))
    return bool(number and name and is_birth_date(born))


def _standing(card: Mapping[str, str], today: date) -> str:
    """Return what is to be said of the card itself; a card may be made to say any code (`ketQua`)."""
    if told := card.get("ketQua"):
        return told
    over = _day(card["gtTheDen"]) < today if card.get("gtTheDen") else False
    if card.get("maTheMoi"):
        return "003" if over else "004"
    return "010" if over else "000"


def _day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


def _folded(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("đ", "d").split())
