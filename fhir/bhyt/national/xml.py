"""XML parsed without trust: no document type, no entities, no network, and named limits.

The national files are plain elements with text. Comments and processing instructions are
dropped, CDATA is text.
"""

from lxml import etree

from bhyt.errors import DoctypeFound, FileTooLarge, NotXml, TextTooLong, TooDeep

MAX_FILE_BYTES = 50_000_000
"""The largest file that is read at once."""

MAX_TEXT_BYTES = 10_000_000
"""The longest text of one element: libxml2's own limit, which an inner file in base64 may reach."""

MAX_DEPTH = 256
"""How deep elements may nest: libxml2's own limit."""

_DOCTYPE = b"<!DOCTYPE"


def parse_xml(data: bytes) -> etree._Element:
    """Return the outermost element.

    Raises FileTooLarge, DoctypeFound, TextTooLong, TooDeep, NotXml: as they say. A DOCTYPE is
    looked for in the bytes first, so that no declaration of it is ever obeyed.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(MAX_FILE_BYTES)
    if _DOCTYPE in data:
        raise DoctypeFound
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise _refusal(error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeFound
    return root


def tag(element: etree._Element) -> str:
    """Return the element's name, with its namespace in braces if it has one."""
    return str(element.tag)


def text_of(element: etree._Element, name: str) -> str:
    """Return the stripped text of the first child `name`, an empty text if there is none."""
    return (element.findtext(name) or "").strip()


def _parser() -> etree.XMLParser:
    """Make a parser of its own for each file: lxml parsers are not to be shared among threads."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refusal(error: etree.XMLSyntaxError) -> NotXml | TextTooLong | TooDeep:
    """Tell which limit of libxml2 was met, or that it is simply not XML."""
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return TooDeep(MAX_DEPTH) if "depth" in str(error.msg) else TextTooLong(MAX_TEXT_BYTES)
    return NotXml(error.lineno or 0)
