"""Reading through the FHIR door: capabilities, one resource, a search."""

from flask import Blueprint, Response, request

from gateway.routes import capabilities, negotiation
from gateway.routes.answers import describe, fhir
from gateway.routes.guard import actor, caller, runtime, transaction
from gateway.services import reading, searching
from gateway.store.search.parameters import PARAMETERS

bp = Blueprint("fhir_read", __name__, url_prefix="/fhir")
bp.before_request(negotiation.check)
SEARCHED = ",".join(PARAMETERS)
READ = ",".join(reading.READABLE)


@bp.get("/metadata")
def capability_statement() -> Response:
    """Answer what this server does."""
    return fhir(capabilities.statement(runtime().settings))


@bp.get(f"/<any({READ}):resource_type>/<key>")
def read(resource_type: str, key: str) -> Response:
    """Answer one resource, a Binary as its own bytes unless FHIR is asked for."""
    with transaction() as session:
        if resource_type == "Binary":
            row, data = reading.read_original(session, key, caller=caller(), actor=actor())
            return negotiation.binary(row, data)
        served = reading.read(session, resource_type, key, caller=caller(), actor=actor())
    return negotiation.versioned(served)


@bp.get(f"/<any({SEARCHED}):resource_type>")
def search(resource_type: str) -> Response:
    """Answer a page of what the caller may see."""
    held = runtime()
    with transaction() as session:
        page = searching.search(
            session,
            resource_type,
            list(request.args.items(multi=True)),
            strict=negotiation.is_strict(),
            caller=caller(),
            actor=actor(),
            secret=held.keys.secret,
            fhir_url=held.settings.fhir_url,
            describe=describe,
        )
    return fhir(page)
