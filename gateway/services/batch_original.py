"""The original of a batch: the file out of its parts, and how FHIR names it and what came out of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bhyt.r4.checked import without_empty
from bhyt.r4.systems import facility_reference, identifier
from gateway.services.serving import instant
from gateway.store.bodies import unpack
from gateway.store.database import Caller, Database
from gateway.store.tables_batches import Batch, BatchChunk

MEDIA_TYPES = {"xml": "application/xml", "ndjson": "application/fhir+ndjson"}
_PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def parts(database: Database, batch_id: UUID, *, caller: Caller) -> Iterator[bytes]:
    """Yield the file from its first byte to its last, a transaction for each part, so that nobody waits.

    Of a batch that the caller may not see, or that is gone, nothing more comes.
    """
    with database.read(caller) as session:
        edges = session.execute(
            select(Batch.head, Batch.tail, Batch.chunks).where(Batch.id == batch_id)
        ).one_or_none()
    if edges is None:
        return
    yield unpack(edges.head)
    for number in range(1, edges.chunks + 1):
        with database.read(caller) as session:
            body = session.scalar(
                select(BatchChunk.body).where(BatchChunk.batch_id == batch_id, BatchChunk.number == number)
            )
        if body is None:
            return
        yield unpack(body)
    yield unpack(edges.tail)


def find(session: Session, batch_id: UUID, caller: Caller) -> Batch | None:
    """Return the batch whose file an id names, if the caller may see it and it is known to be whole."""
    query = select(Batch).where(Batch.id == batch_id, Batch.reference_id.is_not(None))
    if caller.role != "insurer":
        query = query.where(Batch.facility == caller.facility)
    return session.scalars(query).one_or_none()


def document_reference(batch: Batch) -> dict[str, Any]:
    """Return what the file is; R4's `hash` is SHA-1, so SHA-256 is an identifier."""
    return {
        "resourceType": "DocumentReference",
        "identifier": [identifier("sha-256", batch.sha256)],
        "status": "current",
        "date": instant(batch.created_at),
        "custodian": facility_reference(batch.facility),
        "content": [
            {
                "attachment": without_empty(
                    {
                        "contentType": MEDIA_TYPES[batch.format],
                        "url": f"Binary/{batch.id}",
                        "size": batch.size,
                        "title": batch.file_name,
                    }
                )
            }
        ],
    }


def provenance(batch: Batch, targets: list[str], *, recorded: str) -> dict[str, Any]:
    """Return out of which original the records of a chunk were made, and when."""
    author = {"type": {"coding": [{"system": _PARTICIPANTS, "code": "author"}]}}
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target} for target in targets],
        "recorded": recorded,
        "agent": [author | {"who": facility_reference(batch.facility)}],
        "entity": [{"role": "source", "what": {"reference": f"DocumentReference/{batch.reference_id}"}}],
    }
