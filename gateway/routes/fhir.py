"""The FHIR door: read, search, create, transaction and batch, eligibility, capabilities."""

from flask import Blueprint, Response, request

from bhyt.r4 import eligibility as r4_eligibility
from gateway.errors import RequestRefused
from gateway.routes import capabilities, negotiation
from gateway.routes.answers import fhir, outcome, refusal_of
from gateway.routes.guard import actor, caller, require, runtime, transaction
from gateway.routes.idempotent import once
from gateway.services import bundles, eligibility, reading, searching, storing
from gateway.services.exact_json import dump, parse
from gateway.services.serving import instant, marked
from gateway.store.search.parameters import PARAMETERS

bp = Blueprint("fhir", __name__, url_prefix="/fhir")
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
    headers = {"ETag": f'W/"{served.version}"', "Last-Modified": negotiation.http_date(served.updated_at)}
    return fhir(served.resource, headers=headers)


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
        )
    return fhir(page)


@bp.post(f"/<any({SEARCHED}):resource_type>")
def create(resource_type: str) -> Response:
    """Answer 201 when stored now, 200 when the same was stored before."""
    body = request.get_data(cache=False)
    resource = parse(body).value
    if resource.get("resourceType") != resource_type:
        raise RequestRefused("request.malformed", "the resource is not of the type in the path")
    with transaction() as session, once(session, body) as answer:
        if answer.first is None:
            entry = storing.Entry(resource, body)
            (stored,) = storing.store(session, [entry], receipts=runtime().receipts, actor=actor())
            shown = marked(
                resource,
                key=stored.id,
                version=stored.version,
                updated_at=stored.received_at,
                training=runtime().settings.training,
            )
            location = f"{runtime().settings.fhir_url}/{stored.type}/{stored.id}/_history/{stored.version}"
            answer.give(201 if stored.new else 200, dump(shown), location)
    return answer.response()


@bp.post("", strict_slashes=False)
def bundle() -> Response:
    """Answer a transaction (all or nothing) or a batch (each for itself), after the commit."""
    body = request.get_data(cache=False)
    received = bundles.read_bundle(parse(body))
    for entry in received.entries:
        if entry.type in storing.STORABLE:
            require(entry.type, "c")
    with transaction() as session, once(session, body) as answer:
        if answer.first is None:
            result = bundles.process(
                session,
                received,
                receipts=runtime().receipts,
                actor=actor(),
                describe=lambda error: (refusal_of(error).status, outcome(refusal_of(error))),
            )
            answer.give(200, dump(result), None)
    return answer.response()


@bp.post("/CoverageEligibilityRequest/$submit")
def submit_eligibility() -> Response:
    """Answer whether the person is covered, and why."""
    asked = bundles.only(parse(request.get_data(cache=False)).value, "CoverageEligibilityRequest")
    question = r4_eligibility.request_from_fhir(asked)
    held = runtime()
    with transaction(purpose="eligibility") as session:
        decided = eligibility.decide(session, question, receipts=held.receipts, actor=actor())
    response = r4_eligibility.response_to_fhir(decided, request=asked)
    response["created"] = instant(held.now())
    return fhir(response)
