"""What a client may do: SMART system scopes (`system/Claim.crs`), granted per role, held per verb.

Verbs are SMART 2's: c(reate) r(ead) u(pdate) d(elete) s(earch). SMART 1's `.read`,
`.write` and `.*` are understood; `*` stands for every resource. `Presence` and `Batch`
are no FHIR resources but doors: where a chip's evidence is handed in, and a file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

GRANTABLE: dict[str, dict[str, str]] = {
    "facility": {
        "Batch": "cr",
        "Binary": "cr",
        "Bundle": "crs",
        "Claim": "crs",
        "Coverage": "crs",
        "CoverageEligibilityRequest": "c",
        "DocumentReference": "cr",
        "Encounter": "crs",
        "Organization": "r",
        "Patient": "crs",
        "Presence": "c",
        "Provenance": "cr",
    },
    "insurer": {
        "Batch": "r",
        "Binary": "r",
        "Bundle": "rs",
        "Claim": "rs",
        "Coverage": "rs",
        "DocumentReference": "r",
        "Encounter": "rs",
        "Organization": "r",
        "Patient": "rs",
        "Provenance": "r",
    },
}
_SCOPE = re.compile(r"system/(\*|[A-Za-z]{1,64})\.(read|write|\*|c?r?u?d?s?)")
_OLD_VERBS = {"read": "rs", "write": "cud", "*": "cruds"}
_VERB_ORDER = "cruds"


@dataclass(frozen=True, slots=True)
class Scopes:
    """A set of (resource, verb) rights."""

    rights: frozenset[tuple[str, str]]

    def allow(self, resource: str, verb: str) -> bool:
        """Say whether `verb` (one letter) may be used on `resource`."""
        return (resource, verb) in self.rights

    def narrowed(self, other: "Scopes") -> "Scopes":
        """Return the rights that both hold."""
        return Scopes(self.rights & other.rights)

    def __str__(self) -> str:
        resources = sorted({resource for resource, _ in self.rights})
        return " ".join(
            f"system/{resource}." + "".join(verb for verb in _VERB_ORDER if (resource, verb) in self.rights)
            for resource in resources
        )


def grantable(role: str) -> Scopes:
    """Return everything that a client of this role may ever do."""
    return Scopes(
        frozenset((resource, verb) for resource, verbs in GRANTABLE[role].items() for verb in verbs)
    )


def parse(scopes: str | Iterable[str], role: str) -> Scopes:
    """Return the rights that these scopes name within what `role` can be granted.

    Names outside that are left out, as SMART wants it: the answer says what was granted.
    """
    wanted: set[tuple[str, str]] = set()
    within = grantable(role).rights
    for name in scopes.split() if isinstance(scopes, str) else scopes:
        match = _SCOPE.fullmatch(name)
        if match is None:
            continue
        resource, verbs = match.groups()
        letters = _OLD_VERBS.get(verbs, verbs)
        wanted |= {(r, v) for r, v in within if v in letters and resource in {"*", r}}
    return Scopes(frozenset(wanted))
