"""Which elements each R4 type has, read from the field metadata of `fhir.resources.R4B`.

R4B differs from R4 in few places for the types that we use; those places are
named here and a test compares the outcome with R4's own definitions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, Final, get_args, get_origin

# Elements that R4B has and R4 has not.
_NOT_IN_R4: Final = frozenset({"valueCodeableReference", "valueRatioRange"})
# References that R4B allows to more types than R4.
_R4_TARGETS: Final = {
    ("GroupMember", "entity"): frozenset(
        {"Device", "Group", "Medication", "Patient", "Practitioner", "PractitionerRole", "Substance"}
    ),
    ("Observation", "subject"): frozenset({"Patient", "Group", "Device", "Location"}),
}
# Markers of R4B whose name is not the primitive's.
_PRIMITIVE_NAMES: Final = {"UuidVersion": "uuid"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type, as it stands in JSON.

    `path_name` is its name in FHIRPath (`value` for `valueMoney`); `type` is a
    primitive's name, a type that `elements_of` knows, or `Resource`; `targets`
    are the types that a Reference may point to, empty for any. An `extensible`
    one has a sibling `_name`; R4B forgets those of an extension's values.
    """

    name: str
    path_name: str
    type: str
    primitive: bool
    many: bool
    required: bool
    extensible: bool
    targets: frozenset[str]

    @property
    def choice(self) -> bool:
        """Tell whether this is one of the alternatives of a `[x]` element."""
        return self.name != self.path_name


@cache
def elements_of(type_name: str) -> Mapping[str, Element]:
    """Return the elements of a resource, data type or backbone type (`ClaimItem`) by JSON name."""
    found = [
        _element(
            type_name, field.alias, field.annotation, field.json_schema_extra, needed=field.is_required()
        )
        for field in _model(type_name).model_fields.values()
        if (field.json_schema_extra or {}).get("element_property") and field.alias not in _NOT_IN_R4
    ]
    found += _NOT_IN_R4B.get(type_name, ())
    return MappingProxyType({element.name: element for element in found})


@lru_cache(maxsize=8192)
def element_at(root: str, names: tuple[str, ...]) -> Element | None:
    """Return the element at a path of JSON names without indexes, or None when there is none.

    `_birthDate` stands for `birthDate`, and its id and extension are found below it.
    """
    element: Element | None = None
    type_name = root
    for name in names:
        plain = name.removeprefix("_")
        element = elements_of(type_name).get(plain) if type_name != "Resource" else None
        if element is None or (plain != name and not element.extensible):
            return None
        type_name = "Element" if element.primitive else element.type
    return element


def expression(prefix: str, root: str, path: Sequence[str | int]) -> str:
    """Return the FHIRPath of the element at `path` below `prefix`, which holds a resource of type `root`.

    It ends at the last element that R4 knows, so nothing that a sender made up gets into it.
    """
    text = prefix
    names: tuple[str, ...] = ()
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        names = (*names, step)
        element = element_at(root, names)
        if element is None:
            break
        text += f".{element.path_name}"
    return text


def reachable(root: str) -> Iterator[str]:
    """Yield `root` and every type that its elements use, each once; nested resources are not entered."""
    seen = {root, "Element"}
    todo = [root, "Element"]
    while todo:
        type_name = todo.pop()
        yield type_name
        for element in elements_of(type_name).values():
            if not element.primitive and element.type != "Resource" and element.type not in seen:
                seen.add(element.type)
                todo.append(element.type)


# Elements that R4 has and the classes of R4B have not.
_NOT_IN_R4B: Final = {
    "Extension": (
        Element(
            name="valueMeta",
            path_name="value",
            type="Meta",
            primitive=False,
            many=False,
            required=False,
            extensible=False,
            targets=frozenset(),
        ),
    ),
}
_MODELS: dict[str, Any] = {}


def _model(type_name: str) -> Any:
    if type_name not in _MODELS:
        # Imported at first use: the classes cost a third of a second, and many callers never validate.
        _MODELS[type_name] = import_module("fhir.resources.R4B").get_fhir_model_class(type_name)
    return _MODELS[type_name]


def _element(owner: str, name: str, annotation: object, extra: Mapping[str, Any], *, needed: bool) -> Element:
    """Return one element; `needed` says that the class cannot be built without it."""
    inner, many = _unwrap(annotation)
    type_name, primitive = _type_name(inner)
    targets = frozenset(extra.get("enum_reference_types", ())) - {"Resource"}
    return Element(
        name=name,
        path_name=extra.get("one_of_many", name),
        type=type_name,
        primitive=primitive,
        many=many,
        required=bool(needed or extra.get("element_required") or extra.get("one_of_many_required")),
        extensible=primitive and (owner, name) != ("Extension", "url") and name != "id",
        targets=_R4_TARGETS.get((owner, name), targets),
    )


def _unwrap(annotation: object) -> tuple[object, bool]:
    """Return the annotation without `| None` and `List[...]`, and whether it was a list."""
    many = False
    while get_origin(annotation) is not Annotated:
        arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
        if len(arguments) != 1:
            break
        many = many or get_origin(annotation) is list
        annotation = arguments[0]
    return annotation, many


def _type_name(annotation: object) -> tuple[str, bool]:
    """Return the FHIR name of a type and whether it is a primitive."""
    if annotation is bool:
        return "boolean", True
    if get_origin(annotation) is Annotated:
        marker = type(get_args(annotation)[-1]).__name__
        return _PRIMITIVE_NAMES.get(marker, marker[0].lower() + marker[1:]), True
    name = annotation.__name__.removesuffix("Type") if isinstance(annotation, type) else ""
    if name == "Resource":
        return name, False
    model = annotation.get_model_klass()  # type: ignore[attr-defined]  # every other annotation is a FhirBase
    _MODELS[model.__name__] = model
    return model.__name__, False
