"""Structure of a resource: a JSON Schema made from R4B's metadata, one validator per resource type.

A resource inside another one (contained, Bundle.entry) is only an object here;
`bhyt.validation` takes it out and asks the validator of its own type. So a type
is compiled when it is first met, and no schema has to choose between types.
Alternatives of a `[x]` element exclude each other by `dependentSchemas`, never
by `oneOf`, which would try each of an extension's fifty values.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import jsonschema_rs

from bhyt.validation.codes import required_codes
from bhyt.validation.elements import Element, elements_of, reachable
from bhyt.validation.primitives import MONEY_VALUE, PRIMITIVES

EXTENSION_CONTENT: Final = "ext-1"
"""The `$comment` of the parts that hold an extension to one value or extensions."""

Schema = dict[str, Any]

# Money is narrower than R4 says: ISO 4217 is not a table of ours, and a sum has a limit.
_FORMS: Final[dict[tuple[str, str], Schema]] = {
    ("Money", "currency"): {"type": "string", "pattern": "^[A-Z]{3}$"},
    ("Money", "value"): MONEY_VALUE,
}


@cache
def schema(resource_type: str) -> Schema:
    """Return the JSON Schema (2020-12) of a resource type, with every type that it uses under `$defs`."""
    definitions = {name: _definition(name) for name in reachable(resource_type)}
    root = definitions[resource_type]
    root["properties"]["resourceType"] = {"const": resource_type}
    root["required"].append("resourceType")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{resource_type}",
        "$defs": definitions,
    }


@cache
def validator(resource_type: str) -> jsonschema_rs.Draft202012Validator:
    """Return the compiled validator of a resource type; the first call takes milliseconds."""
    options = jsonschema_rs.RegexOptions()
    return jsonschema_rs.Draft202012Validator(schema(resource_type), pattern_options=options)


def _definition(type_name: str) -> Schema:
    elements = elements_of(type_name)
    properties: Schema = {}
    for element in elements.values():
        properties[element.name] = _property(type_name, element)
        if element.extensible:
            properties[f"_{element.name}"] = _sibling(element)
    definition: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "required": [
            each.name
            for each in elements.values()
            if each.required and not each.choice and not each.extensible
        ],
    }
    if required := _required_names(elements):
        definition["allOf"] = [_one_of_these(names) for names in required]
    if type_name == "Extension":
        definition |= _extension_content(elements)
    elif choices := _exclusive_choices(elements):
        definition["dependentSchemas"] = choices
    return definition


def _property(owner: str, element: Element) -> Schema:
    if not element.primitive:
        one: Schema = (
            {"type": "object"} if element.type == "Resource" else {"$ref": f"#/$defs/{element.type}"}
        )
        return _array(one) if element.many else one
    codes = required_codes().get((owner, element.name))
    one = {"enum": list(codes)} if codes else _FORMS.get((owner, element.name), PRIMITIVES[element.type])
    if not element.many:
        return one
    # A null stands where only `_name` has something; whether it does is looked at elsewhere.
    return _array({"enum": [*codes, None]} if codes else one | {"type": [one["type"], "null"]})


def _sibling(element: Element) -> Schema:
    """Return the schema of `_name`, which carries the id and the extensions of a primitive."""
    one = {"$ref": "#/$defs/Element"}
    return _array({"if": {"type": "object"}, "then": one, "else": {"type": "null"}}) if element.many else one


def _array(items: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": items}


def _required_names(elements: Mapping[str, Element]) -> list[list[str]]:
    """Return, for each required element with several spellings, all the names that satisfy it."""
    groups: dict[str, list[str]] = {}
    for element in elements.values():
        if element.required and (element.choice or element.extensible):
            groups.setdefault(element.path_name, []).extend(_spellings(element))
    return list(groups.values())


def _one_of_these(names: list[str]) -> Schema:
    return {"anyOf": [{"required": [name]} for name in names]}


def _exclusive_choices(elements: Mapping[str, Element]) -> Schema:
    """Return the dependentSchemas that let only one alternative of each `[x]` element stand."""
    groups: dict[str, list[Element]] = {}
    for element in elements.values():
        if element.choice:
            groups.setdefault(element.path_name, []).append(element)
    dependent: Schema = {}
    for alternatives in groups.values():
        names = [name for each in alternatives for name in _spellings(each)]
        for each in alternatives:
            others = [name for name in names if name not in _spellings(each)]
            rule = {"propertyNames": {"not": {"enum": others}}}
            dependent |= dict.fromkeys(_spellings(each), rule)
    return dependent


def _extension_content(elements: Mapping[str, Element]) -> Schema:
    """Return what makes an extension hold one value or extensions (ext-1).

    Nearly every extension is a url and one more property, so that counting
    properties settles it; only the others are looked at name by name.
    """
    names = [name for each in elements.values() if each.choice for name in _spellings(each)]
    exclusive = _exclusive_choices(elements)
    exclusive["extension"] = {"propertyNames": {"not": {"enum": names}}, "$comment": EXTENSION_CONTENT}
    return {
        "if": {"maxProperties": 2},
        "then": {"minProperties": 2, "properties": {"id": False}, "$comment": EXTENSION_CONTENT},
        "else": {"dependentSchemas": exclusive},
    }


def _spellings(element: Element) -> list[str]:
    return [element.name, f"_{element.name}"] if element.extensible else [element.name]
