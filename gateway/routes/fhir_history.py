"""The versions of a resource: all of them, or one (FHIR R4 §3.1.0.2 and §3.1.0.10)."""

from flask import Blueprint, Response, request

from gateway.routes import negotiation
from gateway.routes.answers import describe, fhir
from gateway.routes.guard import actor, caller, runtime, transaction
from gateway.services import history, reading
from gateway.store import records

bp = Blueprint("fhir_history", __name__, url_prefix="/fhir")
bp.before_request(negotiation.check)
VERSIONED = ",".join(sorted(records.TABLES))


@bp.get(f"/<any({VERSIONED}):resource_type>/<key>/_history")
def versions(resource_type: str, key: str) -> Response:
    """Answer a page of a resource's versions, newest first."""
    held = runtime()
    with transaction() as session:
        page = history.history(
            session,
            resource_type,
            key,
            list(request.args.items(multi=True)),
            strict=negotiation.is_strict(),
            caller=caller(),
            actor=actor(),
            secret=held.keys.secret,
            fhir_url=held.settings.fhir_url,
            describe=describe,
        )
    return fhir(page)


@bp.get(f"/<any({VERSIONED}):resource_type>/<key>/_history/<version>")
def version(resource_type: str, key: str, version: str) -> Response:
    """Answer a resource as this version of it has it."""
    with transaction() as session:
        served = reading.read_version(session, resource_type, key, version, caller=caller(), actor=actor())
    return negotiation.versioned(served)


@bp.get("/<any(Binary):resource_type>/<key>/_history/1")
def only_version(resource_type: str, key: str) -> Response:
    """Answer an original, which never changes."""
    del resource_type
    with transaction() as session:
        row, data = reading.read_original(session, key, caller=caller(), actor=actor())
    return negotiation.binary(row, data)
