"""Structural faults as problems: what jsonschema-rs found, said with our code, FHIRPath and words.

The library's own messages quote the faulty value, so none of them is used.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import jsonschema_rs

from bhyt.parsing import JsonObject
from bhyt.validation.elements import element_at, elements_of, expression
from bhyt.validation.primitives import names_a_missing_day
from bhyt.validation.problem import Problem
from bhyt.validation.structure import EXTENSION_CONTENT, schema, validator

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)


def structural_problems(resource: JsonObject, resource_type: str, prefix: str) -> Iterator[Problem]:
    """Yield every fault of structure; `prefix` is the FHIRPath of the resource itself.

    The caller has bounded the resource's size: all faults are collected before the first comes out.
    """
    check = validator(resource_type)
    if check.is_valid(resource):
        return
    for error in check.iter_errors(resource):
        yield from _Fault(error, resource_type, prefix).problems()


class _Fault:
    """One error of jsonschema-rs on a resource of this type."""

    def __init__(self, error: jsonschema_rs.ValidationError, resource_type: str, prefix: str) -> None:
        self.kind: Any = error.kind
        self.value: Any = error.instance
        self.keyword_path: list[Any] = list(error.schema_path)
        self.path: list[str | int] = list(error.instance_path)
        self.type = resource_type
        self.prefix = prefix

    def problems(self) -> Iterator[Problem]:
        """Yield what the error means, by the keyword that failed."""
        return _BY_KEYWORD.get(self.kind.name, _Fault.wrong_type)(self)

    def problem(self, code: str, diagnostics: str, *below: str) -> Problem:
        """Return the problem of the element at the error's path, or of one `below` it."""
        return Problem("error", code, expression(self.prefix, self.type, [*self.path, *below]), diagnostics)

    def wrong_type(self) -> Iterator[Problem]:
        """A value of the wrong JSON type, or null."""
        if self.value is None:
            yield self.problem("fhir.null-value", "null may stand only in an array beside a `_` element")
        else:
            yield self.problem("fhir.wrong-type", f"must be {self._expected()}")

    def wrong_format(self) -> Iterator[Problem]:
        """A text that is not of its primitive's form, or a day that does not exist."""
        text, wanted = self.value, self._expected()
        if not text:
            yield self.problem("fhir.empty-element", "a text must not be empty")
        elif wanted in _WITH_DAYS and names_a_missing_day(text):
            yield self.problem("fhir.impossible-date", "this day does not exist")
        else:
            yield self.problem("fhir.wrong-format", f"is not {wanted}")

    def not_allowed(self) -> Iterator[Problem]:
        """A code outside its required value set."""
        if not isinstance(self.value, str):
            yield from self.wrong_type()
        elif not self.value:
            yield self.problem("fhir.empty-element", "a text must not be empty")
        else:
            codes = [code for code in self.kind.options if code is not None]
            listed = ", ".join(codes[:20]) + (", …" if len(codes) > 20 else "")
            yield self.problem("fhir.code-not-allowed", f"must be one of {listed}")

    def unknown(self) -> Iterator[Problem]:
        """Members that R4 does not have here."""
        for name in self.kind.unexpected:
            said = f"`{name}`" if _PLAIN_NAME.fullmatch(name) else "a member of the object"
            yield self.problem("fhir.unknown-element", f"{said} is not an element of R4 here", name)

    def missing(self) -> Iterator[Problem]:
        """A required element that is absent."""
        name = self.kind.property
        yield self.problem("fhir.missing-element", f"`{name}` is required", name)

    def none_of_these(self) -> Iterator[Problem]:
        """A required element that may be spelled in several ways is absent in all of them."""
        names = [each["required"][0] for each in [*self._schemas()][-1]["anyOf"]]
        plain = [name for name in names if not name.startswith("_")]
        listed = plain[0] if len(plain) == 1 else ", ".join(plain[:5]) + (", …" if len(plain) > 5 else "")
        yield self.problem("fhir.missing-element", f"`{listed}` is required", names[0])

    def empty(self) -> Iterator[Problem]:
        """An empty object or array, or an extension that holds nothing."""
        if self._comment() == EXTENSION_CONTENT:
            if "url" in self.value:  # its absence is a fault of its own
                yield from self.extension_content()
        else:
            yield self.problem("fhir.empty-element", "an element must not be empty")

    def out_of_range(self) -> Iterator[Problem]:
        """A number outside its primitive's range, or a text that is too long."""
        yield self.problem("fhir.out-of-range", f"is beyond the range of {self._expected()}")

    def excluded(self) -> Iterator[Problem]:
        """Two alternatives of one `[x]` element, or an extension with a value and extensions."""
        owner = self.keyword_path[1]
        if self._comment() == EXTENSION_CONTENT or (owner == "Extension" and "extension" in self.value):
            yield from self.extension_content()
        else:
            chosen = self.keyword_path[self.keyword_path.index("dependentSchemas") + 1]
            base = elements_of(owner)[chosen.removeprefix("_")].path_name
            yield self.problem("fhir.two-choices", f"only one `{base}[x]` may stand", chosen)

    def extension_content(self) -> Iterator[Problem]:
        """ext-1."""
        if self.path and self.path[-1] == "id":
            self.path.pop()
        yield self.problem("fhir.extension-content", "ext-1: an extension has either a value or extensions")

    def _expected(self) -> str:
        names = tuple(step for step in self.path if isinstance(step, str))
        element = element_at(self.type, names)
        if element is None:
            return "an object"
        if names[-1].startswith("_"):
            return "an Element"
        if element.many and not isinstance(self.path[-1], int):
            return "an array"
        return f"a valid {element.type}"

    def _schemas(self) -> Iterator[Any]:
        """Yield the schemas and their parts from the outermost to the one whose keyword failed."""
        found: Any = schema(self.type)
        for step in self.keyword_path[:-1]:
            found = found[step]
            yield found

    def _comment(self) -> str | None:
        """Return the innermost `$comment` around the failed keyword."""
        parts = [part for part in self._schemas() if isinstance(part, dict) and "$comment" in part]
        return parts[-1]["$comment"] if parts else None


_BY_KEYWORD: Final[dict[str, Callable[[_Fault], Iterator[Problem]]]] = {
    "additionalProperties": _Fault.unknown,
    "anyOf": _Fault.none_of_these,
    "enum": _Fault.not_allowed,
    "exclusiveMaximum": _Fault.out_of_range,
    "exclusiveMinimum": _Fault.out_of_range,
    "falseSchema": _Fault.extension_content,
    "maxLength": _Fault.out_of_range,
    "maximum": _Fault.out_of_range,
    "minItems": _Fault.empty,
    "minLength": _Fault.empty,
    "minProperties": _Fault.empty,
    "minimum": _Fault.out_of_range,
    "pattern": _Fault.wrong_format,
    "propertyNames": _Fault.excluded,
    "required": _Fault.missing,
    "type": _Fault.wrong_type,
}
_WITH_DAYS: Final = {"a valid date", "a valid dateTime", "a valid instant"}
