"""Migration 0006, forth and back: who gains which right, and what goes."""

from sqlalchemy import select

from gateway.store import schema
from gateway.store.database import GATEWAY, Database
from gateway.store.metadata import new_id
from gateway.store.tables_access import Client
from gateway.store.tables_records import Document
from tests.integration.gateway.rows import HUNG_YEN, NOW


def test_a_way_back_from_batches_takes_dossiers_and_rights_along_and_the_way_forth_gives_the_rights(
    empty_url: str,
) -> None:
    store = Database(empty_url)
    schema.upgrade(store.engine)
    rights = {"desk": "system/Batch.cr system/Claim.crs", "insurer": "system/Batch.r system/Claim.rs"}
    rights["presence"] = "system/Presence.c"
    with store.begin(GATEWAY) as session:
        for name, scopes in rights.items():
            role, facility = ("insurer", None) if name == "insurer" else ("facility", "33999")
            session.add(
                Client(
                    id=name,
                    name=name,
                    role=role,
                    facility=facility,
                    scopes=scopes,
                    public_jwk={},
                    created_at=NOW,
                )
            )
    key = new_id(NOW)
    with store.begin(HUNG_YEN) as session:
        row = {
            "id": key,
            "kind": "dossier",
            "number": "LK-1",
            "status": "",
            "facility": "33999",
            "version": 1,
        }
        session.add(Document(**row, received_at=NOW, client_id="desk", body=b"{}"))
    schema.downgrade(store.engine, "0005")
    with store.begin(GATEWAY) as session:
        found = dict(session.execute(select(Client.id, Client.scopes)).all())
    assert found == {name: scopes.partition(" ")[2] or scopes for name, scopes in rights.items()}
    schema.upgrade(store.engine)
    with store.begin(GATEWAY) as session:
        assert dict(session.execute(select(Client.id, Client.scopes)).all()) == rights
    with store.begin(HUNG_YEN) as session:
        assert session.scalars(select(Document.id)).all() == []
    store.dispose()
