"""Why bytes are no JSON object that is taken as a FHIR resource.

FhirRefused              (bhyt.errors)
└── Unreadable
    ├── BodyTooLarge     fhir.too-large
    ├── NestedTooDeep    fhir.too-deep
    ├── NotUtf8          fhir.invalid-utf8
    ├── NotJson          fhir.malformed-json
    ├── DuplicateKey     fhir.duplicate-key
    ├── AbsurdNumber     fhir.number-out-of-range
    └── NotAnObject      fhir.not-an-object

`bhyt.validation.problems` turns each into its problem; `parse` raises them.
"""

from bhyt.errors import FhirRefused
from bhyt.validation.problem import Problem


class Unreadable(FhirRefused):
    """The bytes hold no resource at all."""

    @property
    def problem(self) -> Problem:
        """Return this error as the one problem of the whole body."""
        return Problem("fatal", self.code, "", str(self))


class BodyTooLarge(Unreadable):
    """The body has more bytes than are taken at once."""

    code = "fhir.too-large"


class NestedTooDeep(Unreadable):
    """Too many objects and arrays stand inside each other."""

    code = "fhir.too-deep"


class NotUtf8(Unreadable):
    """The bytes, or an escape in a text, are no characters."""

    code = "fhir.invalid-utf8"


class NotJson(Unreadable):
    """The text is not JSON."""

    code = "fhir.malformed-json"


class DuplicateKey(Unreadable):
    """An object has two members of one name, and readers differ in which they take."""

    code = "fhir.duplicate-key"


class AbsurdNumber(Unreadable):
    """A number is NaN, infinite, or longer or larger than any honest one."""

    code = "fhir.number-out-of-range"


class NotAnObject(Unreadable):
    """The JSON is an array or a bare value."""

    code = "fhir.not-an-object"
