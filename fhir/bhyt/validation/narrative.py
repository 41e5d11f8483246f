"""The XHTML of a narrative: only formatting, nothing that runs or loads (R4 §2.4.0, txt-1 and txt-2)."""

from collections.abc import Iterator
from typing import Final

from lxml import etree
from lxml.etree import _Element

_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_ELEMENTS: Final = (
    "a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt "
    "em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td "
    "tfoot th thead tr tt ul var"
)
_ATTRIBUTES: Final = (
    "abbr accesskey align alt axis border cellpadding cellspacing char charoff charset cite class colspan "
    "coords dir frame headers height href hreflang id lang longdesc name nohref rel rev rowspan rules "
    "scope shape span src style summary tabindex title type usemap valign width"
)
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_ALLOWED_ELEMENTS: Final = frozenset(_ELEMENTS.split(" "))
_ALLOWED_ATTRIBUTES: Final = frozenset({*_ATTRIBUTES.split(" "), f"{_XML}lang", f"{_XML}space"})
_SAFE_LINKS: Final = (
    "http:",
    "https:",
    "mailto:",
    "tel:",
    "data:image/png",
    "data:image/jpeg",
    "data:image/gif",
)


def narrative_fault(xhtml: str) -> str | None:
    """Return what is wrong with a narrative's `div` in English, or None.

    It starts with the div itself, so there can be no document type and no
    stylesheet before it; nothing is fetched and libxml2's own limits hold.
    """
    if not xhtml.lstrip().startswith("<div"):
        return "txt-1: must start with <div"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xhtml.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return "txt-1: is not well-formed XHTML"
    if root.tag != f"{_XHTML}div":
        return "txt-1: must be one div in the XHTML namespace"
    fault = next(_faults(root), None)
    if fault is None and not _has_content(root):
        return "txt-2: has no text and no image"
    return fault


def _faults(root: _Element) -> Iterator[str]:
    for node in root.iter():
        tag: object = node.tag  # a function for comments and processing instructions
        if tag is etree.Comment:
            continue
        if not isinstance(tag, str) or tag.removeprefix(_XHTML) not in _ALLOWED_ELEMENTS:
            yield "txt-1: an element that is not for formatting"
            return
        for name, value in node.attrib.items():
            if name not in _ALLOWED_ATTRIBUTES:
                yield "txt-1: an attribute that is not for formatting"
            elif name in {"href", "src"} and not _is_safe(str(value)):
                yield "txt-1: a link that could run something"
            elif name == "style" and "(" in value:
                yield "txt-1: a style that could load something"


def _is_safe(link: str) -> bool:
    """Tell whether a link is relative or of a scheme that only shows something."""
    scheme = "".join(link.split()).lower()
    before_path = scheme.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    return ":" not in before_path or scheme.startswith(_SAFE_LINKS)


def _has_content(root: _Element) -> bool:
    return any(str(text).strip() for text in root.itertext()) or root.find(f".//{_XHTML}img") is not None
