"""Names as a machine-readable zone has them, compared with names as people write them (Doc 9303-3 §4.6, §6).

A zone has the letters A-Z alone: diacritics fall away, Đ is D, a hyphen is a space, an apostrophe
nothing; and a long name is cut, by whole words, or words by their ends.
"""

import unicodedata
from collections.abc import Sequence

CUT_FROM = 29
"""A name so long fills TD1's 30 characters, where surname and given names stand two fillers apart."""

_HYPHENS = str.maketrans(dict.fromkeys("-‐‑‒–—", " "))
_D = str.maketrans({"Đ": "D", "đ": "D", "Ð": "D", "ð": "D"})


def agrees_with_zone(zone: str, full_name: str) -> bool:
    """Say whether `zone`, a name out of a zone with spaces for its fillers, can be that of `full_name`."""
    shown, known = zone.split(), _in_zone(full_name).split()
    if not shown or not known:
        return False
    if "".join(shown) == "".join(known):
        return True
    return len(zone) >= CUT_FROM and _begins(shown, known)


def _begins(shown: Sequence[str], known: Sequence[str]) -> bool:
    """Say whether each word that is shown begins its word of the name, in order; the last may be missing."""
    return len(shown) <= len(known) and all(
        whole.startswith(part) for part, whole in zip(shown, known, strict=False)
    )


def _in_zone(name: str) -> str:
    """Return a name in the letters and with the spaces that a zone has for it."""
    bare = unicodedata.normalize("NFD", name.translate(_D).translate(_HYPHENS)).upper()
    return "".join(letter for letter in bare if "A" <= letter <= "Z" or letter.isspace())
