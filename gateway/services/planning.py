"""Take the keys of what comes to be stored: new, known, or the next version of what stands.

docs/corrections.md has the table of what happens to a record that is sent again.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gateway.domain.extract import DOSSIER, Extracted
from gateway.errors import RecordConflict
from gateway.services import birth_papers, months, originals, versions
from gateway.services.access_log import Actor
from gateway.services.content import content_hash
from gateway.services.entries import Entry, Outcome
from gateway.services.versions import Correction
from gateway.store import records
from gateway.store.metadata import new_id
from gateway.store.records import Key

NOTHING = Extracted("", None, None)
"""What is known of an original: a file says nothing of itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry between its key and its row; `former` is the key before a new version, `reason` why."""

    entry: Entry
    outcome: Outcome
    known: Extracted = NOTHING
    former: Key | None = None
    reason: Correction | None = None


def planned(
    session: Session,
    entry: Entry,
    known: Extracted,
    *,
    facility: str,
    actor: Actor,
    correction: Correction | None,
) -> Plan:
    """Take the entry's key: new, known with the same content, or its next version."""
    if entry.type == "Binary":
        key, new = originals.store(session, entry.resource, facility=facility, actor=actor)
        return Plan(entry, Outcome("Binary", key, new, 1, records.moment_of(key)))
    fingerprint = entry.content_hash or content_hash(entry.resource)
    taken, new = records.take_key(
        session,
        facility=facility,
        kind=known.kind,
        business_key=known.business_key or f"sha256:{hashlib.sha256(entry.body).hexdigest()}",
        content_hash=fingerprint,
        new_id=new_id(actor.now),
    )
    if new and entry.type == "Claim":
        months.require_open(session, facility, known.settlement_month)
    while taken.content_hash != fingerprint:
        second = None
        if known.kind == "birth":
            second = birth_papers.beside(
                session, taken, entry.resource, content_hash=fingerprint, actor=actor
            )
        if second is not None and (there := second.known) is not None:
            at = Outcome("Bundle", taken.id, False, there.version, there.received_at, second=second)
            return Plan(entry, at, known)
        cancelled = _is_cancelled(session, taken)
        reason = second.reason if second else _correctable(correction, entry, cancelled=cancelled)
        versions.require_undecided(taken)
        if records.advance_key(session, taken, content_hash=fingerprint):
            at = Outcome(
                entry.type,
                taken.id,
                new=False,
                version=taken.version + 1,
                received_at=actor.now,
                corrected=second is None,
                second=second,
                restored=cancelled,
            )
            return Plan(entry, at, known, former=taken, reason=reason)
        taken = records.hold_key(session, taken)  # another came in between: what stands now is judged anew
    at = Outcome(entry.type, taken.id, new, taken.version, records.received_at(session, entry.type, taken))
    return Plan(entry, at, known)


def require_one_content_each(plans: Sequence[Plan]) -> None:
    """Refuse a record that stands twice among the entries with different content."""
    stored = Counter(plan.outcome.id for plan in plans)
    if any(plan.former and stored[plan.outcome.id] > 1 for plan in plans):
        raise RecordConflict("record.conflict", "one key with different content in one request")


def _is_cancelled(session: Session, taken: Key) -> bool:
    """Say whether somebody withdrew the record.

    What a claim has besides its lines is withdrawn and comes back with files that leave it out or have
    it: of that, the claim's own cancellation counts.
    """
    if taken.kind != DOSSIER or taken.cancelled_at is None:
        return taken.cancelled_at is not None
    claim = records.find_key(session, facility=taken.facility, kind="claim", business_key=taken.business_key)
    return claim is not None and claim.cancelled_at is not None


def _correctable(correction: Correction | None, entry: Entry, *, cancelled: bool) -> Correction:
    """Refuse other content under a key unless it is a correction, and a cancelled record unless somebody
    gave the reason.
    """
    if correction is not None and not (cancelled and correction.assumed):
        return correction
    if cancelled:
        raise RecordConflict("record.cancelled", f"the {entry.type} under this key was cancelled")
    raise RecordConflict("record.conflict", f"{entry.type} is stored under this key with other content")
