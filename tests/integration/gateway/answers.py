"""What tests read out of answers and of the access log."""

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.store.database import Caller
from gateway.store.tables_access import Access
from tests.integration.gateway.world import World


def extensions(answer: TestResponse, name: str) -> list[dict[str, Any]]:
    """The extensions of ours with this name."""
    return [item for item in answer.json["extension"] if item["url"].endswith(f"/{name}")]


def reasons(answer: TestResponse, name: str = "reason") -> list[str]:
    """The codes of an eligibility answer's reasons, or of its warnings."""
    return [
        part["valueString"]
        for item in extensions(answer, name)
        for part in item["extension"]
        if part["url"] == "code"
    ]


def logged(world: World, request_id: str) -> list[Access]:
    """The access log's rows of one request, in the order of the persons."""
    with world.database.begin(Caller("insurer", "audit")) as session:
        rows = session.scalars(select(Access).where(Access.request_id == request_id)).all()
    return sorted(rows, key=lambda row: row.person or "")
