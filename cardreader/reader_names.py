"""What a reader's PC/SC name tells: which slot of the device it is, and whether long commands fit through.

PC/SC has one name for each slot. Gathered in November 2026; a name that fits no row is
`unknown` and is used like any reader. Nothing here was tried on the devices themselves.
"""

import re
from collections.abc import Callable
from typing import Literal

from cardreader.errors import NoReader, SeveralReaders

SlotKind = Literal["contactless", "contact", "sam", "none", "unknown"]

# The first row that fits counts; the part in brackets, the slot's own name, is looked at alone.
_SLOTS: tuple[tuple[str, SlotKind], ...] = (
    # Windows lists its own key store as a reader that always holds a card.
    (r"^Windows Hello", "none"),
    # ACS: "ACR1252 Dual Reader SAM", "ACR1281 1S Dual Reader SAM" (acsccid's list of readers). Feitian:
    # "R502 SAM1 Reader" (libccid, ccid_usb.c). A security module of the device, never a person's card.
    (r"\bSAM[0-9]?\b", "sam"),
    # ACS: "ACR122U PICC Interface", "ACR1252 Dual Reader PICC". PICC is ISO/IEC 14443's word for the card.
    (r"\bPICC\b", "contactless"),
    # HID: "OMNIKEY CardMan 5x21-CL", "OMNIKEY 5422CL Smartcard Reader"; Identiv: "uTrust 4701 F CL Reader".
    (r"\b([0-9x]{4}-?)?CL\b", "contactless"),
    # Gemalto: "Prox-DU Contactless"; Feitian: "R502 Contactless Reader" (libccid, ccid_usb.c).
    (r"contactless|\bNFC\b", "contactless"),
    # ACS: "ACR1281 1S Dual Reader ICC"; Identiv: "uTrust 4701 F Contact Reader"; Gemalto: "Prox-DU Contact".
    (r"\bICC\b|\bcontact", "contact"),
    # HID's two-slot devices name their contact slot by the model alone.
    (r"OMNIKEY (CardMan )?(5x21|5[34]21|5422|5427)\b", "contact"),
)

# These take no command or answer longer than the short form, whatever the card can do.
_SHORT_ONLY = (
    # The PN532 inside carries 264 bytes a frame (NXP UM0701-02 §6.2.1); sold as ACR122U, ACR122T, ACR122L.
    r"\bACR122[A-Z]?\b",
    # acsccid's issue 42: "Command len cbSendLength = 264 > 255", nothing reaches the card.
    r"\bACR1281 1S\b",
)


def fitting(readers: list[str], name: str | None) -> list[str]:
    """Return those of the readers that `name` means, by all of it or a part; without one all of them.

    Slots for security modules count only by their whole name.

    Raises NoReader: none is attached, or none has this name.
    """
    if name in readers:
        return [name]
    found = [reader for reader in for_people(readers) if name is None or name.casefold() in reader.casefold()]
    if not found:
        raise NoReader("no reader is attached" if name is None else "no reader has this name")
    return found


def pick_reader(readers: list[str], name: str | None, *, holds_card: Callable[[str], bool]) -> str | None:
    """Return the one reader that is meant, of several the only one that holds a card; None: none does yet.

    A device's other slots count only where its contactless slot is empty.

    Raises NoReader: as `fitting`. SeveralReaders: more than one holds a card.
    """
    found = fitting(readers, name)
    if len(found) == 1:
        return found[0]
    holding = [reader for reader in found if holds_card(reader)]
    best = likeliest(holding or found)
    if len(best) == 1:
        return best[0]
    if holding:
        raise SeveralReaders(best)
    return None


def slot_of(reader: str) -> SlotKind:
    """Return which slot the name means; `none` for what is no card reader at all."""
    own = re.search(r"\[([^\]]+)\]", reader)
    name = own[1] if own else reader
    return next((slot for pattern, slot in _SLOTS if re.search(pattern, name, re.IGNORECASE)), "unknown")


def takes_extended(reader: str) -> bool | None:
    """Return False for a reader known not to carry extended length, None where it must be found out."""
    return False if any(re.search(pattern, reader) for pattern in _SHORT_ONLY) else None


def for_people(readers: list[str]) -> list[str]:
    """Return the slots that a person's card can lie in."""
    return [reader for reader in readers if slot_of(reader) not in ("sam", "none")]


def likeliest(readers: list[str]) -> list[str]:
    """Return the contactless slots where every other slot is known to be something else, otherwise all."""
    kinds = {reader: slot_of(reader) for reader in readers}
    contactless = [reader for reader, kind in kinds.items() if kind == "contactless"]
    return readers if not contactless or "unknown" in kinds.values() else contactless
