"""Writing through the FHIR door: create, transaction and batch; and the eligibility question."""

from contextlib import AbstractContextManager
from functools import partial

from flask import Blueprint, Response

from bhyt.parsing import parse
from bhyt.r4 import eligibility as r4_eligibility
from bhyt.r4.wire import write
from bhyt.records.eligibility import EligibilityAnswer, EligibilityQuestion
from gateway.errors import RequestRefused
from gateway.routes import negotiation
from gateway.routes.answers import describe, fhir
from gateway.routes.guard import actor, require, runtime, transaction
from gateway.routes.idempotent import once
from gateway.services import (
    bundles,
    eligibility,
    portal_eligibility,
    refusals,
    storing,
    versions,
    visit_presence,
)
from gateway.services.entries import Entry
from gateway.services.serving import instant, marked
from gateway.store.search.parameters import PARAMETERS

bp = Blueprint("fhir_write", __name__, url_prefix="/fhir")
bp.before_request(negotiation.check)
CREATED = ",".join(PARAMETERS)


@bp.post(f"/<any({CREATED}):resource_type>")
def create(resource_type: str) -> Response:
    """Answer 201 when stored now, 200 when the same was stored before or an older version is replaced."""
    body = negotiation.received()
    resource = parse(body)
    if resource.get("resourceType") != resource_type:
        raise RequestRefused("request.malformed", "the resource is not of the type in the path")
    storing.validate(resource)
    correction = negotiation.correction()
    with _refusals_logged("create", resource_type), transaction() as session, once(session, body) as answer:
        if answer.first is None:
            entries = [Entry(resource, body)]
            (stored,) = storing.store(
                session, entries, receipts=runtime().receipts, actor=actor(), correction=correction
            )
            shown = marked(
                resource,
                key=stored.id,
                version=stored.version,
                updated_at=stored.received_at,
                training=runtime().settings.training,
                level=visit_presence.level_of(session, stored.type, stored.id),
                reason=versions.reason_of(session, stored.id, stored.version),
            )
            location = f"{runtime().settings.fhir_url}/{stored.type}/{stored.id}/_history/{stored.version}"
            answer.give(201 if stored.new else 200, write(shown), location)
    return answer.response()


@bp.post("", strict_slashes=False)
def bundle() -> Response:
    """Answer a transaction (all or nothing) or a batch (each for itself), after the commit."""
    body = negotiation.received()
    received = bundles.read_bundle(body)
    for entry in received.entries:
        if entry.type in storing.STORABLE:
            require(entry.type, "c")
    received = bundles.checked(received)
    correction = negotiation.correction()
    with _refusals_logged("create", "Encounter"), transaction() as session, once(session, body) as answer:
        if answer.first is None:
            result = bundles.process(
                session,
                received,
                receipts=runtime().receipts,
                actor=actor(),
                correction=correction,
                describe=describe,
            )
            answer.give(200, write(result), None)
    return answer.response()


@bp.post("/CoverageEligibilityRequest/$submit")
def submit_eligibility() -> Response:
    """Answer whether the person is covered, and why."""
    asked = bundles.only(parse(negotiation.received()), "CoverageEligibilityRequest")
    storing.validate(asked)
    question = r4_eligibility.request_from_fhir(asked)
    with _refusals_logged("eligibility", "CoverageEligibilityRequest"):
        decided = _decided(question)
    response = r4_eligibility.response_to_fhir(decided, request=asked)
    response["created"] = instant(runtime().now())
    return fhir(response)


def _decided(question: EligibilityQuestion) -> EligibilityAnswer:
    """Answer by the source that the operator chose."""
    held, begin = runtime(), partial(transaction, purpose="eligibility")
    if held.portal is not None:
        return portal_eligibility.decide(
            begin, question, source=held.portal, receipts=held.receipts, actor=actor()
        )
    with begin() as session:
        return eligibility.decide(session, question, receipts=held.receipts, actor=actor())


def _refusals_logged(action: str, resource: str) -> AbstractContextManager[None]:
    return refusals.logged(transaction, actor(), action, resource)
