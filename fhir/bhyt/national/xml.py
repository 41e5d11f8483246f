"""One document or record element parsed without trust: no document type, no entities, no network.

The national files are plain elements with text. Comments and processing instructions are
dropped, CDATA is text. The bytes are read as UTF-8 whatever their declaration says, because some
systems write `utf-16` into texts that they then encode as UTF-8.
"""

import re

from lxml import etree

from bhyt.errors import DoctypeFound, NotXml, TextTooLong, TooDeep
from bhyt.national.first_pass import MAX_TEXT_BYTES

START_TAG = re.compile(rb"<[^\s/>]++(?:[^>\"']++|\"[^\"]*\"|'[^']*')*+>")
"""A start tag of well-formed XML, or the tag of an empty element; takes no longer where it is cut short."""

BOM = b"\xef\xbb\xbf"
"""The byte-order mark in UTF-8."""

_LIBXML_DEPTH = 256
_DOCTYPE = b"<!DOCTYPE"
_BEFORE = re.compile(rb"((?:\xef\xbb\xbf|[ \t\r\n])+)(<\?xml\s[^>]*\?>)?")


def parse_xml(data: bytes, *, whole: bool = False) -> etree._Element:
    """Return the outermost element; its size is the caller's to limit.

    If `whole`, comments, processing instructions and CDATA stay what they are.

    Raises DoctypeFound, TextTooLong, TooDeep, NotXml: as they say. A DOCTYPE is looked for in the
    bytes first, so that no declaration of it is ever obeyed.
    """
    if _DOCTYPE in data:
        raise DoctypeFound
    try:
        return etree.fromstring(data, _parser(whole=whole))
    except etree.XMLSyntaxError as error:
        raise _refusal(error) from error


def declaration_first(data: bytes) -> bytes:
    """Return the bytes of a document with blanks and byte-order marks moved behind its XML declaration.

    XML wants the declaration first. The bytes are as many as before, and all behind it keep their place.
    """
    found = _BEFORE.match(data)
    if found is None or found[1] == BOM:
        return data
    return (found[2] or b"") + found[1].replace(BOM, b" " * len(BOM)) + data[found.end() :]


def tag(element: etree._Element) -> str:
    """Return the element's name, with its namespace in braces if it has one."""
    return str(element.tag)


def _parser(*, whole: bool) -> etree.XMLParser:
    """Make a parser of its own for each document: lxml parsers are not to be shared among threads."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=not whole,
        remove_pis=not whole,
        strip_cdata=not whole,
    )


def _refusal(error: etree.XMLSyntaxError) -> NotXml | TextTooLong | TooDeep:
    """Tell which limit of libxml2 was met, or that it is simply not XML."""
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return TooDeep(_LIBXML_DEPTH) if "depth" in str(error.msg) else TextTooLong(MAX_TEXT_BYTES)
    return NotXml(error.lineno or 0, error.offset or 0)
