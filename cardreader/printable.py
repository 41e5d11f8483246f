"""Text of a file, a card or another program, made safe to show on a terminal."""

import json
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return `text` with a replacement for whatever a terminal would obey rather than show.

    That is control and format characters (escape sequences, C1 controls, changes of the writing
    direction), line ends, and bytes of a file's name that are no UTF-8. A space of any width stays.
    """
    return "".join(letter if _shows(letter) else REPLACEMENT for letter in text)


def json_line(value: object) -> str:
    """Return `value` as one line of JSON that is read back as it was and holds no such character."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(letter if _shows(letter) else json.dumps(letter)[1:-1] for letter in text)


def _shows(letter: str) -> bool:
    # Python counts no space but U+0020 as printable; "80 %" has one that does not break.
    return letter.isprintable() or unicodedata.category(letter) == "Zs"
