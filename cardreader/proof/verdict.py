"""One verdict over all that a chip gave: the same function for the reader, the gateway and `verify`.

It fails closed: only a check that was made and passed counts for anything.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from cardreader.errors import CardError, MalformedData
from cardreader.lds.chip_keys import parse_chip_keys
from cardreader.lds.datagroups import DATA_GROUPS
from cardreader.lds.security_infos import pace_entries, raw_infos
from cardreader.lds.tlv import read_one
from cardreader.proof.active import verify_active
from cardreader.proof.chip import ChipExamination
from cardreader.proof.evidence import Evidence, check_consistency
from cardreader.proof.mapping import ChipMapping, verify_mapping
from cardreader.proof.passive import PassiveResult, verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore

CHIP_KEY_GROUP, ACTIVE_KEY_GROUP = 14, 15

Level = Literal["chip-proven", "chip-read"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every check of one reading; `training` says that a training authority signed the card."""

    passive: Check
    active: Check
    chip: Check
    consistent: Check
    training: bool = False

    @property
    def level(self) -> Level | None:
        """How far the card can be trusted, None not at all.

        `chip-proven`: the data are genuine, and the chip proved now that it is the original.
        `chip-read`: the data are genuine; a copy of them is not excluded.
        """
        if self.failure() is not None:
            return None
        return "chip-proven" if self.active.passed or self.chip.passed else "chip-read"

    def failure(self) -> str | None:
        """Return the code of the first reason not to accept the card, None when it can be accepted.

        Passive authentication must have passed; no other check may have failed.
        """
        if not self.passive.passed:
            return self.passive.reason or Reason.SIGNATURE_INVALID
        others = (self.consistent, self.active, self.chip)
        return next(
            (check.reason or Reason.GROUPS_DIFFER for check in others if check.status == "failed"), None
        )

    def to_json(self) -> dict[str, Any]:
        """Return `{"level", "training", "checks": {name: {"status", "reason"}}}`."""
        checks = {name: asdict(getattr(self, name)) for name in ("passive", "active", "chip", "consistent")}
        return {"level": self.level, "training": self.training, "checks": checks}


def examine(
    evidence: Evidence,
    trust: TrustStore,
    *,
    at: datetime,
    nonce: bytes | None = None,
    examination: ChipExamination | None = None,
    mapping: ChipMapping | None = None,
    wanted: Collection[int] = (),
    expected_id: str | None = None,
) -> Verdict:
    """Return the verdict over the evidence, at an aware time.

    `nonce` is what the chip had to sign for active authentication and `examination` what it had
    to answer for chip authentication, each None when it was not asked; both must be of the
    caller's own making and used for this card alone. A chip that was asked, has the key and
    gave no answer fails. `mapping` is what the caller's own PACE with chip-authentication mapping
    gave. `wanted` are the groups that the caller asked the card for: a card that keeps back a DG14
    which is listed fails, as it escapes the question for its key. `expected_id` is the number that
    a person typed or scanned.

    Never raises for what a card sent.
    """
    passive = verify_passive(evidence, trust, at=at)
    chip = _chip(evidence, passive, examination, wanted)
    if mapping is not None and chip.status != "failed":
        mapped = verify_mapping(evidence, mapping, trust, at=at, root=passive.root)
        chip = chip if mapped.status == "not-done" else mapped
    return Verdict(
        passive=passive.check,
        active=_vouched(_active(evidence, passive, nonce), passive.check),
        chip=_vouched(chip, passive.check),
        consistent=_consistent(evidence, expected_id),
        training=passive.training,
    )


def _active(evidence: Evidence, passive: PassiveResult, nonce: bytes | None) -> Check:
    if not passive.lists(ACTIVE_KEY_GROUP):
        return Check("absent", Reason.ACTIVE_ABSENT)
    if nonce is None:
        return Check("not-done", Reason.ACTIVE_NOT_DONE)
    key, signature = evidence.data_groups.get(ACTIVE_KEY_GROUP), evidence.active_signature
    if key is None or not signature:
        return Check("failed", Reason.ACTIVE_UNANSWERED)
    return verify_active(key, nonce, signature, dg14=evidence.data_groups.get(CHIP_KEY_GROUP))


def _chip(
    evidence: Evidence,
    passive: PassiveResult,
    examination: ChipExamination | None,
    wanted: Collection[int],
) -> Check:
    if not passive.lists(CHIP_KEY_GROUP):
        return Check("absent", Reason.CHIP_ABSENT)
    keys, answer = evidence.data_groups.get(CHIP_KEY_GROUP), evidence.chip_answer
    if examination is not None:
        if keys is None or not answer:
            return Check("failed", Reason.CHIP_UNANSWERED)
        return examination.verify(answer, dg1=evidence.data_groups.get(1, b""), dg14=keys)
    if keys is None and CHIP_KEY_GROUP in wanted:
        return Check("failed", Reason.CHIP_UNANSWERED)
    if keys is None:
        return Check("not-done", Reason.CHIP_NOT_DONE)
    try:
        has_key = bool(parse_chip_keys(keys).public_keys)
    except MalformedData:
        return Check("not-done", Reason.CHIP_KEY_REFUSED)
    return Check("not-done", Reason.CHIP_NOT_DONE) if has_key else Check("absent", Reason.CHIP_ABSENT)


def _vouched(check: Check, passive: Check) -> Check:
    """Return the check, unless it passed under a key that passive authentication does not vouch for."""
    return check if passive.passed or not check.passed else Check("not-done", Reason.KEY_NOT_VOUCHED)


def _consistent(evidence: Evidence, expected_id: str | None) -> Check:
    """Say whether all parts speak of one holder and one chip (Doc 9303-11 §4.2, §9.2).

    A card that shows no EF.CardAccess agrees with any DG14. Some genuine cards tell of PACE in DG14
    and open with BAC alone; and a copy that hides the file to be read over a weaker channel still
    lacks the chip's key.
    """
    try:
        holder = check_consistency(evidence, expected_id=expected_id)
    except CardError as error:
        return Check("failed", error.code)
    if holder.status == "failed":
        return holder
    keys, access = evidence.data_groups.get(CHIP_KEY_GROUP), evidence.card_access
    if keys is None or access is None or _repeats(keys, access):
        return holder
    return Check("failed", Reason.ACCESS_DIFFERS)


def _repeats(dg14: bytes, card_access: bytes) -> bool:
    """Say whether DG14, which is signed, has every entry that the chip showed before anybody had a key.

    And whether the chip showed every PACE entry of DG14: one that is missing was left out by
    somebody who wants a weaker one to be taken.
    """
    try:
        signed = set(raw_infos(read_one(dg14, DATA_GROUPS[CHIP_KEY_GROUP].tag)))
        return pace_entries(signed) <= set(raw_infos(card_access)) <= signed
    except MalformedData:
        return False
