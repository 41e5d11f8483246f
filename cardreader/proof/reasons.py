"""The outcome of a check, and every reason that it can give.

Whether a card is genuine is an answer and not an error, so that the reader can
show a forged card's data beside the reason why they are not to be trusted.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Reason(StrEnum):
    """Why a check did not pass; each is a code of `failures/codes.csv`."""

    NO_TRUST_LIST = "proof.no-trust-list"
    SECURITY_OBJECT_MALFORMED = "proof.security-object-malformed"
    GROUP_MISSING = "proof.group-missing"
    GROUP_NOT_LISTED = "proof.group-not-listed"
    GROUP_CHANGED = "proof.group-changed"
    SIGNATURE_INVALID = "proof.signature-invalid"
    ALGORITHM_REFUSED = "proof.algorithm-refused"
    AUTHORITY_UNKNOWN = "proof.authority-unknown"
    COUNTRY_DIFFERS = "proof.country-differs"
    AUTHORITY_EXPIRED = "proof.authority-expired"
    SIGNER_NOT_PERMITTED = "proof.signer-not-permitted"
    AUTHORITY_REVOKED = "proof.authority-revoked"
    SIGNER_EXPIRED = "proof.signer-expired"
    SIGNER_REVOKED = "proof.signer-revoked"
    NOT_YET_VALID = "proof.not-yet-valid"
    TRAINING_CARD = "proof.training-card"
    ACTIVE_ABSENT = "proof.active-absent"
    ACTIVE_NOT_DONE = "proof.active-not-done"
    ACTIVE_UNANSWERED = "proof.active-unanswered"
    ACTIVE_SIGNATURE_WRONG = "proof.active-signature-wrong"
    ACTIVE_KEY_REFUSED = "proof.active-key-refused"
    CHIP_ABSENT = "proof.chip-absent"
    CHIP_NOT_DONE = "proof.chip-not-done"
    CHIP_UNANSWERED = "proof.chip-unanswered"
    CHIP_ANSWER_WRONG = "proof.chip-answer-wrong"
    CHIP_KEY_REFUSED = "proof.chip-key-refused"
    KEY_NOT_VOUCHED = "proof.key-not-vouched"
    NOTHING_TO_COMPARE = "proof.nothing-to-compare"
    NUMBER_DIFFERS = "proof.number-differs"
    GROUPS_DIFFER = "proof.groups-differ"
    ACCESS_DIFFERS = "proof.access-differs"


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome; `reason` is a failure code unless it passed.

    `absent` says that the card has no means for this check, `not-done` that it was not made.
    """

    status: Literal["passed", "failed", "absent", "not-done"]
    reason: str | None = None

    @property
    def passed(self) -> bool:
        """Say whether the check was made and succeeded: nothing else counts as proof."""
        return self.status == "passed"


class NotProven(Exception):
    """Carries a reason up to the check that answers with it; never leaves `cardreader.proof`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
