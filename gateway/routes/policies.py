"""Who may open which door: one row for every route, or the app does not start.

`verb` is the scope's letter; the resource is the row's or, for `TYPE_IN_PATH`, the
path's. `others` says what a facility meets that asks for what is another's, and
tests/integration/gateway/test_policies.py walks every row and holds it to that.
"""

from dataclasses import dataclass
from typing import Literal

from flask import Flask

from gateway.errors import SetupError

TYPE_IN_PATH = "<type>"
EACH_ENTRY = "<entry>"
"""The types stand in the body: the handler asks for the right to each."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One door; `resource` None leaves it open to everybody."""

    resource: str | None
    verb: str = ""
    others: Literal["not-found", "left-out", "refused", "unknown", "own-name-only", "public"] = "public"


OPEN = Policy(resource=None)
POLICIES: dict[str, Policy] = {
    "health.alive": OPEN,
    "health.ready": OPEN,
    "oauth.token": OPEN,  # its client assertion is the key
    "oauth.smart_configuration": OPEN,
    "fhir_read.capability_statement": OPEN,
    "chip.prove": Policy("Presence", "c", others="own-name-only"),
    "chip.challenge": Policy("Presence", "c", others="own-name-only"),
    "chip.question": Policy("Presence", "c", others="unknown"),
    "fhir_write.submit_eligibility": Policy("CoverageEligibilityRequest", "c", others="refused"),
    "fhir_read.read": Policy(TYPE_IN_PATH, "r", others="not-found"),
    "fhir_read.search": Policy(TYPE_IN_PATH, "s", others="left-out"),
    "fhir_history.versions": Policy(TYPE_IN_PATH, "r", others="not-found"),
    "fhir_history.version": Policy(TYPE_IN_PATH, "r", others="not-found"),
    "fhir_history.only_version": Policy(TYPE_IN_PATH, "r", others="not-found"),
    "cancellations.cancel": Policy(EACH_ENTRY, "c", others="not-found"),
    "fhir_write.create": Policy(TYPE_IN_PATH, "c", others="refused"),
    "fhir_write.bundle": Policy(EACH_ENTRY, "c", others="refused"),
}


def require_complete(app: Flask) -> None:
    """Check that every route has its policy and every policy a route.

    Raises SetupError: one is missing.
    """
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    if difference := endpoints ^ POLICIES.keys():
        raise SetupError("gateway.route-without-policy", f"routes and policies differ: {sorted(difference)}")
