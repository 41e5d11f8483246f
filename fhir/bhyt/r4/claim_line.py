"""One line of XML2 or XML3 as Claim.item, and back.

What R4 has an element for stands there; the hospital's figures stand in `claimed-amounts`, what is
left (times to the minute, the words about a drug) in the one extension `national-line`.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from bhyt.r4.claim_amounts import claimed, claimed_fields, claimed_values, money
from bhyt.r4.claim_numbers import ClaimNumbers, NumbersRead
from bhyt.r4.lookup import child, code_of, extensions_of, is_of, objects, parts_of, reference_value, text
from bhyt.r4.spelling import (
    digits,
    joined,
    moment,
    national,
    number,
    parts,
    plain_code,
    plain_codes,
    plain_number,
    plain_time,
)
from bhyt.r4.systems import Element, code_url, concept, extension, logical, named

LINE = "national-line"
"""The extension that holds what Claim.item has no element for; each part is named after its meaning."""

_TIMES = (("ordered", "NGAY_YL"), ("executed", "NGAY_TH_YL"), ("result", "NGAY_KQ"))
_WORDS = (
    ("strength", "HAM_LUONG"),
    ("form", "DANG_BAO_CHE"),
    ("dose", "LIEU_DUNG"),
    ("instructions", "CACH_DUNG"),
    ("registration", "SO_DANG_KY"),
    ("tender", "TT_THAU"),
    ("drug-facility", "MA_CSKCB_THUOC"),
    ("package", "GOI_VTYT"),
    ("reserved", "DU_PHONG"),
)
_CODES = (("drug-route", "DUONG_DUNG"), ("fuel", "MA_XANG_DAU"))
_MODIFIERS = (
    ("scope", "PHAM_VI"),
    ("drug-processing", "MA_PP_CHEBIEN"),
    ("war-wound", "VET_THUONG_TP"),
    ("anesthesia", "PP_VO_CAM"),
    ("reuse", "TAI_SU_DUNG"),
)
_PROGRAMS = (("payment-method", "MA_PTTT"), ("drug-funding", "NGUON_CTRA"))
_DEVICES = (("machine", "MA_MAY"), ("product-model", "MA_HIEU_SP"))
_PRODUCTS = (
    ("drug", "MA_THUOC", "TEN_THUOC"),
    ("service", "MA_DICH_VU", "TEN_DICH_VU"),
    ("supply", "MA_VAT_TU", "TEN_VAT_TU"),
)
_BED = "bed"
_PRICE = {"XML2": "DON_GIA", "XML3": "DON_GIA_BV"}
_NUMBERS = ("SO_LUONG", "THANH_TIEN_BV", "TYLE_TT_DV")
_LISTS = ("MA_KHOA", "MA_GIUONG", "MA_BAC_SI", "NGUOI_THUC_HIEN", "MA_BENH", "MA_BENH_YHCT", "MA_PTTT_QT")
_SINGLE = ("MA_NHOM", "MA_THUOC", "MA_DICH_VU", "MA_VAT_TU", "VI_TRI_TH_DVKT")
_PLAIN: Mapping[str, tuple[tuple[str, Callable[[str], object]], ...]] = {
    table: (
        *((name, plain_number) for name in (price, *_NUMBERS, *claimed_fields(table))),
        *((name, plain_time) for _, name in _TIMES),
        *((name, plain_code) for _, name in _CODES + _MODIFIERS + _PROGRAMS),
        *((name, plain_code) for name in _SINGLE),
        *((name, plain_codes) for name in (*_LISTS, *(name for _, name in _DEVICES))),
    )
    for table, price in _PRICE.items()
}
_PER_CENT = 2
"""Places that the dot moves between a rate in percent and a factor."""


def line_element(table: str, values: Mapping[str, str], sequence: int, numbers: ClaimNumbers) -> Element:
    """Return one claimed line, without empty elements; `values` are those of `spelling.spaced`.

    `net` is quantity times price times factor, as R4 demands. The factor is therefore TYLE_TT_DV,
    which hospital amounts contain, and not the insurer's payment rate, which is a claimed figure.
    """
    get = values.get
    rate = number(get("TYLE_TT_DV")) if table == "XML3" else None
    day = moment(get("NGAY_TH_YL") or get("NGAY_YL"))
    element: Element = {
        "extension": [claimed(table, values), _facts(table, values)],
        "sequence": sequence,
        "careTeamSequence": numbers.members(values),
        "diagnosisSequence": numbers.indications(values) if table == "XML3" else [],
        "procedureSequence": numbers.operations(values) if table == "XML3" else [],
        "category": concept("cost-group", group) if (group := get("MA_NHOM")) else None,
        "productOrService": _product(table, values),
        "modifier": [concept(system, code) for system, name in _MODIFIERS if (code := get(name))],
        "programCode": [concept(system, code) for system, name in _PROGRAMS if (code := get(name))],
        "servicedDate": day and day[:10],
        "locationCodeableConcept": _places(get("MA_KHOA")),
        "quantity": _quantity(number(get("SO_LUONG")), get("DON_VI_TINH")),
        "unitPrice": money(number(get(_PRICE[table]))),
        "factor": None if rate is None else rate.scaleb(-_PER_CENT),
        "net": money(number(get("THANH_TIEN_BV"))),
        "udi": _devices(values),
        "bodySite": concept("body-site", site) if (site := get("VI_TRI_TH_DVKT")) else None,
    }
    return {name: part for name, part in element.items() if part or isinstance(part, Decimal)}


def spelled_plainly(table: str, values: Mapping[str, str]) -> bool:
    """Say whether a line surely comes back letter for letter, without reading it back, which costs more.

    False is no more than a doubt. Texts always come back; MA_LK is the claim's.
    """
    for name, plain in _PLAIN[table]:
        sent = values.get(name)
        if sent is not None and not plain(sent):
            return False
    return True


def line_table(item: Element) -> tuple[str, str | None]:
    """Return the table of a line and its STT, None if it names none; a drug is XML2, all else XML3."""
    source = _read_facts(item)[0].get("source")
    table, _, place = source.partition("/") if isinstance(source, str) else ("", "", "")
    if table in _PRICE:
        return table, place or None
    return ("XML2" if is_of(item.get("productOrService"), "drug") else "XML3"), None


def line_values(table: str, item: Element, numbers: NumbersRead) -> dict[str, str | None]:
    """Return the values of a line that anybody may have made, STT and MA_LK apart."""
    facts, beds = _read_facts(item)
    found: dict[str, str | None] = {name: text(facts.get(part)) for part, name in _WORDS}
    found |= {name: national(facts.get(part)) for part, name in _TIMES}
    found |= {name: code_of(facts.get(part), code_url(part)) for part, name in _CODES}
    found["MA_GIUONG"] = joined(beds)
    found |= _coded(objects(item, "modifier"), _MODIFIERS) | _coded(objects(item, "programCode"), _PROGRAMS)
    found |= numbers.of_line(item) | claimed_values(table, item)
    found |= _product_values(child(item, "productOrService"), facts)
    quantity = child(item, "quantity")
    places = objects(child(item, "locationCodeableConcept"), "coding")
    factor = digits(item.get("factor"))
    found |= {
        "MA_NHOM": code_of(item.get("category"), code_url("cost-group")),
        "MA_KHOA": joined(text(place.get("code")) for place in places),
        "SO_LUONG": digits(quantity.get("value")),
        "DON_VI_TINH": text(quantity.get("unit")),
        _PRICE[table]: digits(child(item, "unitPrice").get("value")),
        "TYLE_TT_DV": digits(Decimal(factor).scaleb(_PER_CENT)) if factor else None,
        "THANH_TIEN_BV": digits(child(item, "net").get("value")),
        "VI_TRI_TH_DVKT": code_of(item.get("bodySite"), code_url("body-site")),
    }
    for system, name in _DEVICES:
        devices = (reference_value(device, system) for device in objects(item, "udi"))
        found[name] = joined(device for device in devices if device)
    return found


def _facts(table: str, values: Mapping[str, str]) -> Element:
    """Return the extension with all that Claim.item has no element for."""
    get = values.get
    found: list[Element] = [{"url": "source", "valueString": f"{table}/{get('STT', '')}"}]
    found += [{"url": part, "valueDateTime": time} for part, name in _TIMES if (time := moment(get(name)))]
    found += [{"url": part, "valueString": words} for part, name in _WORDS if (words := get(name))]
    found += [
        {"url": part, "valueCodeableConcept": concept(part, code)}
        for part, name in _CODES
        if (code := get(name))
    ]
    found += [{"url": _BED, "valueString": bed} for bed in parts(get("MA_GIUONG"))]
    product = _kind(table, values)
    found += [
        {"url": kind, "valueCodeableConcept": named(kind, get(code), get(name))}
        for kind, code, name in _PRODUCTS
        if kind != product and (get(code) or get(name))
    ]
    return extension(LINE, extension=found)


def _read_facts(item: Element) -> tuple[dict[str, Any], list[str]]:
    """Return the value of each part of `national-line` by name, and the beds, of which there may be many."""
    found: dict[str, Any] = {}
    beds: list[str] = []
    for line in extensions_of(item, LINE):
        found |= parts_of(line)
        beds += [
            str(part.get("valueString")) for part in objects(line, "extension") if part.get("url") == _BED
        ]
    return found, beds


def _kind(table: str, values: Mapping[str, str]) -> str:
    """Return what is claimed: a drug, else a supply if it has a code or nothing names a service."""
    if table == "XML2":
        return "drug"
    if "MA_VAT_TU" in values or not values.keys() & {"MA_DICH_VU", "TEN_DICH_VU"}:
        return "supply"
    return "service"


def _product(table: str, values: Mapping[str, str]) -> Element:
    """Return what was given, by the code list of its kind; the list alone if it has no code."""
    product = _kind(table, values)
    return next(
        named(kind, values.get(code), values.get(name)) for kind, code, name in _PRODUCTS if kind == product
    )


def _product_values(what: Element, facts: Mapping[str, Any]) -> dict[str, str | None]:
    """Return codes and names of the drug, service and supply that a line names."""
    found: dict[str, str | None] = {}
    for kind, code, name in _PRODUCTS:
        concept_ = what if is_of(what, kind) else child(facts, kind)
        found |= {code: code_of(concept_, code_url(kind)), name: text(concept_.get("text"))}
    return found


def _quantity(value: Decimal | None, unit: str | None) -> Element:
    """Return how much was given, of whatever is counted."""
    quantity: Element = {} if value is None else {"value": value}
    if unit:
        quantity["unit"] = unit
    return quantity


def _places(departments: str | None) -> Element | None:
    """Return where a line was given, by department."""
    found = [concept("department", code)["coding"][0] for code in parts(departments)]
    return {"coding": found} if found else None


def _devices(values: Mapping[str, str]) -> list[Element]:
    """Return the machines and the product's model, by identifier."""
    return [logical("Device", system, code) for system, name in _DEVICES for code in parts(values.get(name))]


def _coded(concepts: list[Element], wanted: tuple[tuple[str, str], ...]) -> dict[str, str | None]:
    """Return the codes of a list of concepts, each by the field of its system."""
    urls = {code_url(system): name for system, name in wanted}
    found: dict[str, str | None] = {}
    for concept_ in concepts:
        for coding in objects(concept_, "coding"):
            if name := urls.get(str(coding.get("system"))):
                found.setdefault(name, text(coding.get("code")))
    return found
