"""Codes, identity numbers and choices as people type them -> the text of the national tables.

What stands as text is taken as it is. What Excel turned into a number, a date or `3.33E+10` is restored
only where one reading is possible: a short code of fixed width, a number of full length. An identity
number of 11 digits may have lost a zero or a digit; it is refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bhyt.tables import rows
from clinics.batch.sources.sheets.typed import Cell, CellRefused, fold, shown, text_of, whole_number

MAX_CHOICE_CHARACTERS = 80
"""How much of a code and its label a list shows."""

_DAMAGED = "sheet.number-damaged"
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}", re.ASCII)
_MOST_DIGITS = 15
_LABELED = re.compile(r"(\d+(?:\.\d+)*) ?[-–—:.] ?([^\W\d].*)", re.DOTALL)
_LEAST_LABEL = 3
_OTHER_NAMES = {
    "sex": {"trai": "1", "gai": "2", "male": "1", "female": "2"},
    "id_document": {"can cuoc": "1", "can cuoc cong dan": "1", "chung minh nhan dan": "2", "passport": "3"},
}
_YES = frozenset({"co", "x", "yes", "true", "1", "dung"})
_NO = frozenset({"khong", "no", "false", "0", "sai"})


def number_as_text(cell: Cell, *, lengths: Iterable[int], expected: str) -> str:
    """Return an identity number; of a number cell only one that has one of the full `lengths`.

    Raises CellRefused: Excel may have dropped zeros or digits.
    """
    if isinstance(cell, str):
        return _undamaged(cell, expected)
    number = whole_number(cell)
    if number is None or len(str(number)) not in lengths:
        raise CellRefused(_DAMAGED, expected)
    return str(number)


def free_text(cell: Cell) -> str:
    """Return what a cell says. Raises CellRefused: a number that Excel rounded, or shows rounded."""
    if isinstance(cell, str):
        return _undamaged(cell)
    if isinstance(cell, int | float) and not abs(cell) < 10**_MOST_DIGITS:
        raise CellRefused(_DAMAGED)
    return shown(cell)


def card_number(cell: Cell) -> str:
    """Return a card number without the spaces and signs that print sets between its parts.

    Raises CellRefused: a number cell, which no card number can be.
    """
    text = number_as_text(cell, lengths=(), expected="DN4010100000001")
    plain = re.sub(r"[ .-]", "", text)
    return plain.upper() if re.fullmatch(r"[A-Za-z]{2}\d{13}", plain, re.ASCII) else text


def short_code(cell: Cell, *, width: int) -> str:
    """Return a code of `width` digits, as short as to be a matter of leading zeros only when it is a number.

    Raises CellRefused: a number cell that is no such code.
    """
    if isinstance(cell, str):
        return text_of(cell)
    number = whole_number(cell)
    if number is None or len(str(number)) > width:
        raise CellRefused(_DAMAGED, "1".zfill(width))
    return str(number).zfill(width)


def yes_no(cell: Cell) -> str:
    """Return `1` for yes and `0` for no. Raises CellRefused: anything else."""
    word = fold(text_of(cell) if isinstance(cell, str) else shown(cell))
    if word in _YES:
        return "1"
    if word in _NO:
        return "0"
    raise CellRefused("sheet.unknown-choice", "có / không")


@dataclass(frozen=True, slots=True)
class Choice:
    """The codes of one national table, each with its labels folded, and the names that mean one code."""

    labels: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    example: str

    @classmethod
    def of(cls, table: str) -> "Choice":
        """Return the choice among the codes of a table, whatever day they hold on."""
        listed = rows(table)
        labels: dict[str, tuple[str, ...]] = {}
        meant: dict[str, set[str]] = {}
        for row in listed:
            label = fold(row["label_vi"])
            labels[row["code"]] = (*labels.get(row["code"], ()), label)
            meant.setdefault(label, set()).add(row["code"])
        names = {label: codes.pop() for label, codes in meant.items() if len(codes) == 1}
        return cls(labels, names | _OTHER_NAMES.get(table, {}), choice_text(listed[0]))

    def convert(self, cell: Cell) -> str:
        """Return the code that a cell names: the code, its label, or both, which must agree.

        A code that is in no table stays as it is: the check of the record says so.

        Raises CellRefused: words that name no code, a label of another code, a number that may
        be two codes (1.1 or 1.10), a date that Excel made of a code.
        """
        if not isinstance(cell, str):
            return self._number(cell)
        text = text_of(cell)
        if text in self.labels:
            return text
        if found := self.names.get(fold(text)):
            return found
        if labeled := _LABELED.fullmatch(text):
            label = fold(labeled[2])
            if len(label) >= _LEAST_LABEL or label in self.names:
                return self._agreeing(labeled[1], label)
        if re.fullmatch(r"[0-9A-Z.]{1,5}", text, re.ASCII):
            return text
        raise CellRefused("sheet.unknown-choice", self.example)

    def _agreeing(self, code: str, label: str) -> str:
        """Return the code. Raises CellRefused: it is of another label."""
        if self.names.get(label) == code or any(
            known.startswith(label) for known in self.labels.get(code, ())
        ):
            return code
        raise CellRefused("sheet.label-differs", self.example)

    def _number(self, cell: Cell) -> str:
        """Return the one code that a number cell can be."""
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            raise CellRefused(_DAMAGED, self.example)
        same = [code for code in self.labels if _is_number(code) and float(code) == cell]
        if len(same) != 1:
            raise CellRefused(_DAMAGED if same else "sheet.unknown-choice", self.example)
        return same[0]


def choice_text(row: Mapping[str, str]) -> str:
    """Return code and label as the template's lists show them: `1 - Nam`."""
    return f"{row['code']} - {row['label_vi']}"[:MAX_CHOICE_CHARACTERS].rstrip()


def _undamaged(cell: str, expected: str | None = None) -> str:
    """Return a text. Raises CellRefused: it is a number as Excel shows a long one, `3.33E+10`."""
    text = text_of(cell)
    if "E+" in text and _EXPONENT.fullmatch(text):
        raise CellRefused(_DAMAGED, expected)
    return text


def _is_number(code: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", code, re.ASCII) is not None
