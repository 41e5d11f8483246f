"""What each habit of the catalog means, in one line, and which of them cannot go together."""

import re
from dataclasses import fields
from itertools import combinations

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.habits import Habits

_NAMED = {
    "usual": "the card as the public sources describe the CCCD",
    "short-only": "no commands or answers of extended length",
    "short-in-session": "extended commands are refused under secure messaging",
    "short-or-session-ends": "an extended command under secure messaging ends the session",
    "short-answers": "at most 100 bytes a READ BINARY",
    "warns-at-end": "6282 where an answer is shorter than asked for",
    "exact-length": "6Cxx and no data where more was asked for than there is",
    "exact-length-short": "exact-length and short-only together",
    "get-response": "the answer is fetched by GET RESPONSE, none of it comes at once",
    "get-response-pieces": "longer answers are fetched in pieces of 120 bytes",
    "no-short-identifiers": "a file must be selected before it is read",
    "master-file": "the master file can be selected",
    "select-informs": "the application is selected only by asking for its file information",
    "no-pace": "BAC alone: needs --mrz or --qr",
    "no-bac": "PACE alone",
    "pace-several": "PACE offered in three ways, triple DES first",
    "pace-cam-and-gm": "PACE offered with chip-authentication mapping and without",
    "no-dg13": "no national data group",
    "dg13-unreadable": "DG13 is listed and handed to nobody",
    "parents-together": "both parents in one sequence of DG13",
    "jpeg": "the face is a JPEG instead of a JPEG 2000 (shown by --face)",
    "lds-v0": "the security object does not repeat the LDS version",
    "dg14-differs": "DG14 does not repeat EF.CardAccess: refused",
    "no-chip-keys": "neither DG14 nor DG15: the chip proves nothing",
    "no-dg14": "no DG14: no chip authentication",
    "no-dg15": "no DG15: no active authentication",
    "no-chip-authentication": "DG14 without a key",
    "aa-ecdsa-der": "active authentication answers in DER instead of plain",
    "aa-ecdsa-explicit": "DG15 spells its curve out",
    "aa-ecdsa-unannounced": "DG14 does not state the hash of active authentication",
    "aa-ecdsa-unannounced-sha512": "neither does it here, and the hash is SHA-512",
    "aa-rsa1024": "active authentication with RSA 1024",
    "aa-rsa1024-smaller": "with RSA 1024, the signature being the smaller of the two possible",
    "aa-rsa2048": "with RSA 2048: needs a reader for extended length",
    "ca-numbered": "chip authentication with a numbered key",
    "ca-numbered-3des": "the same with triple DES",
    "ca-explicit": "DG14 spells the curve out",
    "ca-pkcs3": "DG14 spells a Diffie-Hellman group out as PKCS #3 does",
    "ca-alone": "chip authentication and no active authentication",
    "ca-alone-3des": "so it is, with triple DES",
    "sod-rsa-bare": "the issuer's RSA signature names no hash",
    "sod-explicit": "the signer's certificate spells its curve out",
    "sod-explicit-p256": "so it does with P-256",
    "sod-mixed-hashes": "the groups are hashed with SHA-512, signed with SHA-384",
    "sod-groups-sha1": "the groups are hashed with SHA-1: needs --allow-sha1",
    "sod-by-key-id": "the security object names its signer by the key's identifier",
}
_MADE = (
    (r"unlisted-dg(\d+)", "the security object does not list DG{0}"),
    (r"pace-(gm|im|cam)-(3des|aes\d+)", "PACE with mapping {0} and {1}"),
    (r"pace-(gm|im)-(.+)", "PACE with mapping {0} on {1}"),
    (r"aa-ecdsa-(.+)", "active authentication with ECDSA on {0}"),
    (r"aa-rsa(\d+)-(sha\d+)", "active authentication with RSA {0} and {1}"),
    (r"ca-(.+)-(3des|aes\d+)", "chip authentication on {0} with {1}"),
    (r"sod-rsa-(sha\d+)", "the issuer signs with RSA PKCS #1 v1.5 and {0}"),
    (r"sod-pss-(sha\d+)", "the issuer signs with RSA-PSS and {0}"),
    (r"sod-ecdsa-(.+)", "the issuer signs with ECDSA, {0}"),
)


def explained(name: str) -> str:
    """Return one line on this habit of the catalog.

    Raises KeyError: there is no line for it (a test holds that this cannot happen).
    """
    if name in _NAMED:
        return _NAMED[name]
    for pattern, words in _MADE:
        if found := re.fullmatch(pattern, name):
            needs = ": needs --allow-sha1" if name.startswith("sod-") and name.endswith("-sha1") else ""
            return words.format(*map(str.upper, found.groups())) + needs
    raise KeyError(name)


def contradiction(*names: str) -> tuple[str, str] | None:
    """Return the first two habits of which one undoes the other, None where all go together.

    They set the same trait differently, leave no way in at all, or shape a PACE that is off.
    """
    return next((pair for pair in combinations(names, 2) if _clash(*pair)), None)


def _clash(one: str, other: str) -> bool:
    first, second = _traits(HABITS[one]), _traits(HABITS[other])
    differing = any(first[trait] != second[trait] for trait in first.keys() & second.keys())
    off = "pace" in first, "pace" in second
    shaped = any(trait in given for given in (first, second) for trait in ("bac", "pace_offers"))
    return differing or (any(off) and shaped)


def _traits(habits: Habits) -> dict[str, object]:
    """Return what differs from the usual card."""
    usual = Habits()
    named = (field.name for field in fields(Habits))
    return {name: getattr(habits, name) for name in named if getattr(habits, name) != getattr(usual, name)}
