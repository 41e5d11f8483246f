"""The XML below a signature: parsed whole with its blanks, found by Id, hashed in its canonical form.

Parsing here differs from reading records: a digest needs every blank and processing instruction.
Comments are dropped: canonical XML without comments, the only form taken here, does not have them.
"""

import binascii
import hashlib
from base64 import b64decode
from typing import IO, Any, Final, cast
from xml.parsers import expat

from lxml import etree

from bhyt.errors import SignatureBroken, SignatureUnsupported
from bhyt.national.xml import declaration_first

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
PLACE: Final = "CHUKYDONVI"
"""The child of the outermost element that holds the signature."""

BLANKS: Final = " \t\r\n"

MAX_NAMESPACES = 32
"""How many namespace declarations may hold at one place: libxml2 compares each with each at every element."""

MAX_ATTRIBUTES = 50
"""How many attributes an element may have: libxml2 sorts them by insertion."""

_DOCTYPE = b"<!DOCTYPE"


def parse_signed(data: bytes) -> etree._Element:
    """Return the outermost element of a file whose size and markup the caller has bounded.

    UTF-8 is the only encoding, whatever the file declares: a DOCTYPE can hide in no other.
    Raises SignatureBroken: not well-formed, or with a document type. SignatureUnsupported: more
    namespaces or attributes than a canonical form is written for.
    """
    if _DOCTYPE in data:
        raise SignatureBroken("doctype")
    if data.count(b"xmlns") > MAX_NAMESPACES:
        _check_namespaces(data)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,  # libxml2's limits are below what one honest inner file needs
        remove_comments=True,
    )
    try:
        root = etree.fromstring(declaration_first(data), parser)
    except etree.XMLSyntaxError as error:
        raise SignatureBroken("not-xml") from error
    if root.xpath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])"):
        raise SignatureUnsupported("attributes")
    return root


def ds(name: str) -> str:
    """Return the name of an element of XML Signature."""
    return f"{{{DS}}}{name}"


def octets_of(element: etree._Element) -> bytes:
    """Return what an element holds in base64, blanks left aside.

    Raises SignatureBroken: nothing, elements, or other characters.
    """
    try:
        octets = b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureBroken("base64") from error
    if len(element) or not octets:
        raise SignatureBroken("base64")
    return octets


def elements_by_id(root: etree._Element) -> dict[str, list[etree._Element]]:
    """Return the elements by the value of their Id, ID or id in any namespace: one each in honest files."""
    found: dict[str, list[etree._Element]] = {}
    named: Any = root.xpath("//*[@*[translate(local-name(), 'ID', 'id') = 'id']]")
    for element in named:
        for name, value in element.items():
            if etree.QName(name).localname.lower() == "id":
                found.setdefault(value, []).append(element)
    return found


def drop_blanks(root: etree._Element) -> bool:
    """Remove every text of blanks alone, as .NET's XmlDocument does by default; True if there was one."""
    dropped = False
    for element in root.iter():
        if element.text and not element.text.strip(BLANKS):
            element.text, dropped = None, True
        if element.tail and not element.tail.strip(BLANKS):
            element.tail, dropped = None, True
    return dropped


def digest_of(element: etree._Element, algorithm: str, *, exclusive: bool = False) -> bytes:
    """Return the hash of the canonical form of an element where it stands, never holding that form.

    For the outermost element it is the form of the whole document. Canonical XML 1.0, or exclusive.
    """
    hasher = _Hasher(algorithm)
    tree = etree.ElementTree(standing_alone(element))
    tree.write(cast(IO[bytes], hasher), method="c14n", exclusive=exclusive, with_comments=False)
    return hasher.hash.digest()


def canonical(element: etree._Element) -> bytes:
    """Return the canonical form of an element where it stands: Canonical XML 1.0 without comments."""
    return etree.tostring(standing_alone(element), method="c14n", with_comments=False)


def standing_alone(element: etree._Element) -> etree._Element:
    """Return the element, or a copy outside its document with all namespaces that it inherits.

    Below an inherited default namespace lxml 6.1 writes `xmlns=""` into the canonical form of what
    is not the outermost element (its root is a copy, and libxml2 compares namespaces by address).
    """
    if element.getparent() is None or not element.nsmap.get(None):
        return element
    alone = etree.tostring(element, encoding="utf-8", with_tail=False)
    return etree.fromstring(alone, etree.XMLParser(encoding="utf-8", resolve_entities=False, huge_tree=True))


def take_out(element: etree._Element) -> None:
    """Remove an element and leave the text behind it in its place."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def _check_namespaces(data: bytes) -> None:
    """Count the declarations that hold at once; many small inner documents may each have their own."""
    parser = expat.ParserCreate("utf-8", " ")
    held = 0

    def begin(_prefix: str | None, _uri: str | None) -> None:
        nonlocal held
        held += 1
        if held > MAX_NAMESPACES:
            raise SignatureUnsupported("namespaces")

    def end(_prefix: str | None) -> None:
        nonlocal held
        held -= 1

    parser.StartNamespaceDeclHandler = begin
    parser.EndNamespaceDeclHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise SignatureBroken("not-xml") from error


class _Hasher:
    """A file that keeps nothing but the hash of what was written."""

    def __init__(self, algorithm: str) -> None:
        self.hash = hashlib.new(algorithm)

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self.hash.update(data)
        return len(data)
