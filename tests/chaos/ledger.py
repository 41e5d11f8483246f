"""What the gateway holds after an upload: each record once, with one receipt, in one batch, byte for byte."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from bhyt.parsing import parse
from demo.hospital import FACILITY, visit_key
from gateway.services.batch_original import parts
from gateway.services.batch_storing import RECORDS_AT_ONCE
from gateway.store.bodies import unpack
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Access
from gateway.store.tables_batches import Batch, BatchChunk, BatchReceipt
from gateway.store.tables_records import Claim, RecordKey, Resource, Visit
from gateway.store.tables_versions import RecordVersion

INSURER = Caller("insurer", "test")
HOSPITAL = Caller("facility", "test", FACILITY)


def assert_each_stored_once(url: str, export: Path, *, records: int, chunks: int) -> None:
    """Fail unless the export's records are in the database, each once, and nothing else."""
    database = Database(url)
    try:
        _assert_records(database, {visit_key(number) for number in range(1, records + 1)})
        _assert_batch(database, export, records=records, chunks=chunks)
        _assert_worked_off_once(database)
    finally:
        database.dispose()


def _assert_records(database: Database, visits: set[str]) -> None:
    with database.begin(INSURER) as session:
        once = Counter(visits)
        claims = session.execute(select(Claim.visit_id, Claim.id, Claim.version)).all()
        assert Counter(claim.visit_id for claim in claims) == once
        assert len({claim.id for claim in claims}) == len(visits)
        assert {claim.version for claim in claims} == {1}
        assert Counter(session.scalars(select(Visit.visit_id))) == once
        keys = session.execute(select(RecordKey.kind, RecordKey.business_key, RecordKey.id)).all()
        assert Counter(key.business_key for key in keys if key.kind == "claim") == once
        ids = {claim.id for claim in claims}
        assert {key.id for key in keys if key.kind == "claim"} == ids
        assert session.scalar(select(func.count()).select_from(RecordVersion)) == 0
        new = Access.resource.like("Claim/%"), Access.action == "create", Access.outcome == "new"
        logged = Counter(session.scalars(select(Access.resource).where(*new)))
        assert logged == Counter(f"Claim/{claim}" for claim in ids)


def _assert_batch(database: Database, export: Path, *, records: int, chunks: int) -> None:
    with database.begin(INSURER) as session:
        batch = session.scalars(select(Batch)).one()
        assert (batch.state, batch.records, batch.receipts, batch.stored) == ("done", *(records,) * 3)
        done = select(BatchChunk.number).where(BatchChunk.done_at.is_not(None))
        assert sorted(session.scalars(done)) == list(range(1, chunks + 1))
        told = session.scalars(select(BatchReceipt).order_by(BatchReceipt.position)).all()
        every = list(range(1, records + 1))
        assert [row.position for row in told] == [row.number for row in told] == every
        assert [row.key for row in told] == [visit_key(number) for number in every]
        assert {row.result for row in told} == {"stored"}
        places = {f"Claim/{claim}/_history/1" for claim in session.scalars(select(Claim.id))}
        assert {row.location for row in told} == places
        sources = session.execute(select(Resource.type, Resource.body)).all()
        targets = [
            place for source in sources if source.type == "Provenance" for place in _targets(source.body)
        ]
        assert Counter(targets) == Counter(places)
        sizes = session.scalars(select(BatchChunk.records))
        stored_at_once = sum(math.ceil(size / RECORDS_AT_ONCE) for size in sizes)
        assert Counter(source.type for source in sources) == {
            "Provenance": stored_at_once,
            "DocumentReference": 1,
        }
    assert b"".join(parts(database, batch.id, caller=HOSPITAL)) == export.read_bytes()


def _assert_worked_off_once(database: Database) -> None:
    """One workflow, ended well."""
    prefix = "dbos." if database.engine.dialect.name == "postgresql" else ""
    with database.begin(GATEWAY) as session:
        ends = session.scalars(text(f"SELECT status FROM {prefix}workflow_status WHERE name = 'batches'"))
        assert list(ends) == ["SUCCESS"]


def _targets(body: bytes) -> list[Any]:
    return [target["reference"] for target in parse(unpack(body))["target"]]
