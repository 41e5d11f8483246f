"""What the reader must say of every habit and every forgery of the emulator: the table of test_every_habit.

Each row names the way in, the outcome of each check with its reason, the level of trust and the
groups read. A habit without a row must read like the usual card.
"""

from dataclasses import dataclass, replace

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.tampering import Forgery

ALL_GROUPS = (1, 2, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reading must say: of a check `passed`, or its status and its reason; or the error's code."""

    access: str = "PACE-CAN"
    passive: str = "passed"
    active: str = "passed"
    chip: str = "passed"
    consistent: str = "passed"
    level: str | None = "chip-proven"
    groups: tuple[int, ...] = ALL_GROUPS
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """Several habits at once, with a forgery or without; `short` where it differs with short commands."""

    habits: tuple[str, ...]
    outcome: Outcome
    forgery: Forgery | None = None
    short: Outcome | None = None

    @property
    def name(self) -> str:
        """The row's name in the tests' report."""
        return "+".join((*self.habits, *([self.forgery] if self.forgery else [])))


USUAL = Outcome()
BAC = replace(USUAL, access="BAC")
NO_ACTIVE = replace(USUAL, active="absent proof.active-absent", groups=(1, 2, 13, 14))
NO_CHIP = replace(USUAL, chip="absent proof.chip-absent")
NO_KEYS = replace(NO_CHIP, active="absent proof.active-absent", level="chip-read", groups=(1, 2, 13))
ACTIVE_NOT_DONE = replace(USUAL, active="not-done proof.active-not-done")
CHIP_NOT_DONE = replace(USUAL, chip="not-done proof.chip-not-done")
NOT_REPEATED = replace(USUAL, consistent="failed proof.access-differs", level=None)
WRONG_SIGNATURE = replace(USUAL, active="failed proof.active-signature-wrong", level=None)
NO_SIGNATURE = replace(USUAL, active="failed proof.active-unanswered", level=None)
WRONG_AGREEMENT = replace(USUAL, chip="failed proof.chip-answer-wrong", level=None)


def not_vouched(reason: str, consistent: str = "passed") -> Outcome:
    """Return the outcome of a card whose data fail passive authentication: its keys count for nothing."""
    return Outcome(
        passive=f"failed {reason}",
        active="not-done proof.key-not-vouched",
        chip="not-done proof.key-not-vouched",
        consistent=consistent,
        level=None,
    )


SHA_1 = not_vouched("proof.algorithm-refused")
_ANOTHER_NUMBER = "failed proof.number-differs"

HABIT_OUTCOMES: dict[str, Outcome] = {
    "no-pace": BAC,
    "no-dg13": replace(USUAL, groups=(1, 2, 14, 15)),
    "dg13-unreadable": replace(USUAL, groups=(1, 2, 14, 15)),
    "no-dg14": replace(NO_CHIP, groups=(1, 2, 13, 15)),
    "no-dg15": NO_ACTIVE,
    "no-chip-authentication": NO_CHIP,
    "no-chip-keys": NO_KEYS,
    "ca-alone": NO_ACTIVE,
    "ca-alone-3des": NO_ACTIVE,
    "unlisted-dg1": not_vouched("proof.group-not-listed"),
    "unlisted-dg13": replace(USUAL, groups=(1, 2, 14, 15)),
    "unlisted-dg14": replace(NO_CHIP, groups=(1, 2, 13, 15)),
    "unlisted-dg15": NO_ACTIVE,
    "dg14-differs": NOT_REPEATED,
    "sod-rsa-sha1": SHA_1,
    "sod-pss-sha1": SHA_1,
    "sod-ecdsa-sha1": SHA_1,
    "sod-groups-sha1": SHA_1,
}
# What differs once commands are short: 256 bytes of a signature or of a key do not fit.
SHORT_OUTCOMES: dict[str, Outcome] = {
    **{name: ACTIVE_NOT_DONE for name in HABITS if name.startswith("aa-rsa2048")},
    **{name: CHIP_NOT_DONE for name in HABITS if name.startswith("ca-dh2048")},
    **{name: BAC for name in HABITS if name.startswith(("pace-gm-dh2048", "pace-im-dh2048"))},
}
FORGERY_OUTCOMES: dict[Forgery, Outcome] = {
    "dg1": not_vouched("proof.group-changed", _ANOTHER_NUMBER),
    "dg2": not_vouched("proof.group-changed"),
    "dg13": not_vouched("proof.group-changed"),
    "dg14": not_vouched("proof.group-changed"),
    "dg15": not_vouched("proof.group-changed"),
    "sod": not_vouched("proof.signature-invalid"),
    "sod-hash": not_vouched("proof.signature-invalid", _ANOTHER_NUMBER),
    "sod-namesake": not_vouched("proof.authority-unknown", _ANOTHER_NUMBER),
    "sod-stranger": not_vouched("proof.authority-unknown", _ANOTHER_NUMBER),
    "card-access": NOT_REPEATED,
    "card-security": USUAL,  # of no use to a chip without that mapping; see the combinations
    "clone": replace(WRONG_SIGNATURE, chip="failed proof.chip-answer-wrong"),
    "aa-key": WRONG_SIGNATURE,
    "aa-garbage": WRONG_SIGNATURE,
    "aa-replayed": WRONG_SIGNATURE,
    "aa-refused": NO_SIGNATURE,
    "aa-empty": NO_SIGNATURE,
    "ca-key": WRONG_AGREEMENT,
    "ca-refused": replace(USUAL, chip="failed proof.chip-unanswered", level=None),
    "mac": Outcome(error="card.protection-broken"),
}

_NO_ACTIVE = {"active": NO_ACTIVE.active, "groups": NO_ACTIVE.groups}
_LONG_SIGNATURE = ("aa-rsa2048", "no-chip-authentication")
_UNPROVEN = replace(NO_CHIP, active="not-done proof.active-not-done", level="chip-read")
_MAPPING_ALONE = ("pace-cam-and-gm", "no-dg15")

COMBINATIONS = (
    Combination(("ca-alone",), replace(WRONG_AGREEMENT, **_NO_ACTIVE), "clone"),
    Combination(("ca-alone",), replace(WRONG_AGREEMENT, **_NO_ACTIVE), "ca-key"),
    Combination(("ca-alone-3des",), replace(WRONG_AGREEMENT, **_NO_ACTIVE), "clone"),
    Combination(
        ("ca-alone",), replace(NO_ACTIVE, chip="failed proof.chip-unanswered", level=None), "ca-refused"
    ),
    Combination(
        ("ca-dh2048-256-aes256", "no-dg15"),
        NO_ACTIVE,
        short=replace(NO_ACTIVE, chip="not-done proof.chip-not-done", level="chip-read"),
    ),
    Combination(("no-chip-authentication",), replace(WRONG_SIGNATURE, chip=NO_CHIP.chip), "clone"),
    Combination(("no-chip-authentication",), replace(NO_SIGNATURE, chip=NO_CHIP.chip), "aa-refused"),
    Combination(("no-chip-keys",), NO_KEYS, "clone"),  # where there are no keys, a copy is as good
    Combination(_LONG_SIGNATURE, NO_CHIP, short=_UNPROVEN),
    Combination((*_LONG_SIGNATURE, "short-only"), _UNPROVEN),
    Combination((*_LONG_SIGNATURE, "short-in-session"), _UNPROVEN),
    Combination((*_LONG_SIGNATURE, "short-or-session-ends"), _UNPROVEN),
    Combination((*_LONG_SIGNATURE, "get-response"), NO_CHIP),
    Combination((*_LONG_SIGNATURE, "get-response-pieces"), NO_CHIP),
    Combination(_MAPPING_ALONE, NO_ACTIVE),
    Combination(_MAPPING_ALONE, replace(WRONG_AGREEMENT, **_NO_ACTIVE), "clone"),
    Combination(
        _MAPPING_ALONE, replace(NO_ACTIVE, chip="failed proof.authority-unknown", level=None), "card-security"
    ),
    Combination((*_MAPPING_ALONE, "no-chip-authentication"), NO_ACTIVE),
    # Without DG14 nothing that is signed with the holder's data says whose key EF.CardSecurity has.
    Combination(("pace-cam-and-gm", "no-chip-keys"), NO_KEYS),
    Combination(("pace-cam-aes256", "no-short-identifiers", "short-only"), USUAL),
    Combination(("no-short-identifiers", "no-dg15"), NO_ACTIVE),
    Combination(("no-short-identifiers", "no-dg15"), replace(WRONG_AGREEMENT, **_NO_ACTIVE), "clone"),
    Combination(("short-or-session-ends", "no-bac"), USUAL),
    Combination(("short-or-session-ends", "no-bac", "master-file"), USUAL),
    Combination(("short-or-session-ends", "no-pace"), BAC),
    Combination(("exact-length", "no-pace"), BAC),
    Combination(("get-response", "no-pace"), BAC),
    Combination(("get-response", "ca-alone-3des"), NO_ACTIVE),
    Combination(
        ("lds-v0", "no-dg13", "no-chip-keys", "no-pace"), replace(NO_KEYS, access="BAC", groups=(1, 2))
    ),
    Combination(("no-pace", "no-bac"), Outcome(error="card.refused")),
    Combination(("no-pace",), Outcome(error="card.protection-broken"), "mac"),
)
