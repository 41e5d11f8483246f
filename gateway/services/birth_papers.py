"""A second paper about a birth that stands: XML9 of the mother's dossier, and the signed certificate.

Both have the certificate's number as their key and so are one record (docs/corrections.md). The
certificate is the stronger: it takes the place of XML9 whenever it comes, and what XML9 tells after it
goes into the history. No reason is asked for either, for nothing is corrected.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bhyt.checks.birth_papers import CERTIFICATE, contradictions
from bhyt.parsing import parse
from bhyt.problems import Problem
from bhyt.r4.birth import birth_paper, birth_row
from gateway.errors import PapersDiffer
from gateway.services import versions
from gateway.services.access_log import Actor
from gateway.services.versions import Correction
from gateway.store import records
from gateway.store.records import Key, StoredRow
from gateway.store.tables_versions import RecordVersion

CERTIFICATE_STANDS = Correction("birth-certificate")
"""Why a certificate takes the place of XML9."""
XML9_PASSES = Correction("birth-in-dossier")
"""Why XML9 is a version between two of the certificate, which stands again at once."""


@dataclass(frozen=True, slots=True)
class SecondPaper:
    """A paper of the other kind than the one that stands; `stronger` says that it takes its place.

    `known` is the version that has the same content already, in the history. `warnings` are the facts
    of which the two tell different things.
    """

    stronger: bool
    warnings: tuple[Problem, ...] = field(repr=False)
    known: RecordVersion | None = None

    @property
    def reason(self) -> Correction:
        """Return why the version that stands is replaced."""
        return CERTIFICATE_STANDS if self.stronger else XML9_PASSES


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as it stood in its row, to be put there again."""

    values: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    links: dict[str, str]

    @classmethod
    def of(cls, row: StoredRow, columns: dict[str, Any]) -> "Standing":
        """Return what stands in these columns of a row."""
        values = {name: getattr(row, name) for name in columns}
        return cls(values, records.body_of(row), row.links or {})


def beside(
    session: Session, taken: Key, document: dict[str, Any], *, content_hash: str, actor: Actor
) -> SecondPaper | None:
    """Return what a birth's document is beside the one that stands; None if it is the same paper again.

    A withdrawn birth has no paper that stands, and a document that names no paper is none of the two.

    Raises PapersDiffer: it is XML9 and tells of another child, time or mother than the certificate.
    """
    if taken.cancelled_at is not None:
        return None
    there = parse(records.body_of(versions.held_row(session, taken, "Bundle", actor)))
    papers = {birth_paper(document), birth_paper(there)}
    if None in papers or len(papers) == 1:
        return None
    coming = birth_row(document)
    found = contradictions(coming, birth_row(there))
    stronger = coming.table == CERTIFICATE
    if not stronger and any(one.severity == "error" for one in found):
        raise PapersDiffer("XML9 and the certificate tell of different births", found)
    warnings = tuple(replace(one, severity="warning") for one in found)
    older = None if stronger else _replaced_by_certificate(session, taken)
    known = older if older is not None and older.content_hash == content_hash else None
    return SecondPaper(stronger, warnings, known)


def let_stand_again(
    session: Session, row: StoredRow, former: Key, standing: Standing, *, actor: Actor
) -> None:
    """Put the certificate that stood before XML9 passed in its place again; `former` is the key before."""
    passed = records.hold_key(session, former)
    if not records.advance_key(session, passed, content_hash=former.content_hash):
        raise LookupError("a key that is held was changed")
    versions.put(
        session,
        row,
        passed,
        standing.values,
        body=standing.body,
        links=standing.links,
        reason=CERTIFICATE_STANDS,
        actor=actor,
        action="correct",
    )


def _replaced_by_certificate(session: Session, taken: Key) -> RecordVersion | None:
    """Return the newest XML9 of a birth of which the certificate stands."""
    query = select(RecordVersion).where(
        RecordVersion.id == taken.id, RecordVersion.reason == CERTIFICATE_STANDS.reason
    )
    return session.scalars(query.order_by(RecordVersion.version.desc()).limit(1)).one_or_none()
