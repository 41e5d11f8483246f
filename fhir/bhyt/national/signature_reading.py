"""What a signature in a national file says and what it covers, read strictly before any mathematics.

The two profiles of vss_api.md section 7: an enveloped Reference to the whole document, or
References to the records by Id. A signature covers a file only when all that can hold a record
is covered by position: an Id that another element has too, or that stands elsewhere, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography import x509
from lxml import etree

from bhyt.errors import SignatureBroken, SignatureUnsupported
from bhyt.national.signature_key_info import read_key_info
from bhyt.national.signature_xml import BLANKS, PLACE, ds, elements_by_id, octets_of
from bhyt.records.dates import VIETNAM

Profile = Literal["enveloped", "document"]

MAX_TIME = 40
"""The longest text that is read as a time, in characters."""

SIGNING_YEARS = range(2000, 2100)
"""The years in which a SigningTime is believed to be one."""

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
INCLUSIVE: Final = frozenset(
    {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11"}
)
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
DIGESTS: Final[Mapping[str, str]] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
"""The digests that are taken; SHA-1 and MD5 are not among them."""

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
METHODS: Final = frozenset(
    f"{_MORE}{key}-{size}" for key in ("rsa", "ecdsa") for size in ("sha256", "sha384", "sha512")
)
"""The signature methods that are taken; those with SHA-1, PSS, DSA and HMAC are not among them."""

UNSIGNED_PLACES: Final = frozenset({PLACE, "THONGTINDONVI"})
"""The children of the outermost element that the document profile leaves unsigned: they hold no record."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that is signed: `exclusive` tells its canonical form, `digest` its hash by `algorithm`."""

    uri: str
    enveloped: bool
    exclusive: bool
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignatureRead:
    """The one signature of a file; `targets` are the signed elements by their Reference's URI."""

    element: etree._Element
    profile: Profile
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    targets: Mapping[str, etree._Element]
    signed_at: datetime | None


def read_signature(root: etree._Element) -> SignatureRead | None:
    """Return the file's signature, not yet verified, or None when there is none.

    Raises SignatureBroken: malformed, or it leaves uncovered what could be a record.
    SignatureUnsupported: several, elsewhere than in CHUKYDONVI, or by methods that are not taken.
    """
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        return None
    if len(signatures) > 1:
        raise SignatureUnsupported("several-signatures")
    signature = signatures[0]
    place = signature.getparent()
    if place is None or place.tag != PLACE or place.getparent() is not root:
        raise SignatureUnsupported("place")
    if next(signature.iter(etree.ProcessingInstruction), None) is not None:
        raise SignatureBroken("structure")
    parts = list(signature)
    if [part.tag for part in parts[:3]] != [ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo")]:
        raise SignatureBroken("structure")
    if any(part.tag != ds("Object") for part in parts[3:]):
        raise SignatureBroken("structure")
    references = _read_signed_info(parts[0])
    octets_of(parts[1])
    certificate, others = read_key_info(parts[2])
    targets = _targets(root, signature, references)
    return SignatureRead(
        element=signature,
        profile="enveloped" if "" in targets else "document",
        certificate=certificate,
        others=others,
        targets=targets,
        signed_at=_signing_time(signature, targets),
    )


def read_reference(element: etree._Element) -> Reference:
    """Return one Reference.

    Raises SignatureBroken: malformed. SignatureUnsupported: no URI, a transform or digest not taken.
    """
    parts = list(element)
    transforms: list[etree._Element] = []
    if parts and parts[0].tag == ds("Transforms"):
        transforms = list(parts.pop(0))
    if [part.tag for part in parts] != [ds("DigestMethod"), ds("DigestValue")]:
        raise SignatureBroken("structure")
    uri, names = element.get("URI"), [_algorithm(one) for one in transforms if one.tag == ds("Transform")]
    if uri is None:
        raise SignatureUnsupported("reference")
    enveloped = names[:1] == [ENVELOPED]
    forms = names[enveloped:]
    if len(names) != len(transforms) or len(forms) > 1 or not {*forms} <= INCLUSIVE | {EXCLUSIVE}:
        raise SignatureUnsupported("transform")
    algorithm = DIGESTS.get(_algorithm(parts[0]))
    if algorithm is None:
        raise SignatureUnsupported("digest-method")
    return Reference(uri, enveloped, forms == [EXCLUSIVE], algorithm, octets_of(parts[1]))


def _read_signed_info(element: etree._Element) -> list[Reference]:
    parts = list(element)
    if [part.tag for part in parts[:2]] != [ds("CanonicalizationMethod"), ds("SignatureMethod")]:
        raise SignatureBroken("structure")
    if len(parts) < 3 or any(part.tag != ds("Reference") for part in parts[2:]):
        raise SignatureBroken("structure")
    if _algorithm(parts[0]) not in INCLUSIVE | {EXCLUSIVE}:
        raise SignatureUnsupported("canonicalization")
    if _algorithm(parts[1]) not in METHODS:
        raise SignatureUnsupported("signature-method")
    return [read_reference(part) for part in parts[2:]]


def _algorithm(element: etree._Element) -> str:
    """Return an Algorithm; parameters below it, such as a list of prefixes or an XPath, are not taken."""
    if len(element) or (element.text or "").strip(BLANKS):
        raise SignatureUnsupported("parameters")
    return element.get("Algorithm", "")


def _targets(
    root: etree._Element, signature: etree._Element, references: list[Reference]
) -> dict[str, etree._Element]:
    """Return what each Reference covers.

    Raises SignatureBroken: an Id is not unique, stands elsewhere, or something is left uncovered.
    """
    if len(references) > len(root) + len(signature) or len({one.uri for one in references}) < len(references):
        raise SignatureBroken("reference")
    known = elements_by_id(root)
    targets: dict[str, etree._Element] = {}
    for reference in references:
        if not reference.uri:
            if not reference.enveloped:
                raise SignatureUnsupported("transform")
            targets[reference.uri] = root
            continue
        found = known.get(_identifier(reference.uri), [])
        if len(found) != 1:
            raise SignatureBroken("reference")
        targets[reference.uri] = found[0]
        attested = signature in found[0].iterancestors()
        if attested and reference.enveloped:
            raise SignatureUnsupported("transform")  # it would take away the very thing that is signed
        if not attested and (found[0].getparent() is not root or found[0].tag == PLACE):
            raise SignatureBroken("reference")
    _check_coverage(root, signature, set(targets.values()))
    return targets


def _identifier(uri: str) -> str:
    if uri[0] != "#" or not uri[1:] or any(mark in uri for mark in "()"):
        raise SignatureUnsupported("reference")
    return uri[1:]


def _check_coverage(root: etree._Element, signature: etree._Element, covered: set[etree._Element]) -> None:
    """Refuse a signature that leaves anything out where a record, or a thing like one, can stand."""
    for holder in signature.findall(ds("Object")):
        if not any(part in covered for part in holder.iter()):
            raise SignatureBroken("uncovered")
    if root in covered:
        return
    records = [one for one in covered if one.getparent() is root and one.tag not in UNSIGNED_PLACES]
    if not records:
        raise SignatureBroken("uncovered")
    for child in root.iterchildren("*"):
        if child in covered:
            continue
        nested = any(len(part) for part in child)
        if child.tag == PLACE and list(child) == [signature]:
            continue
        if child.tag == PLACE or child.tag not in UNSIGNED_PLACES or nested:
            raise SignatureBroken("uncovered")


def _signing_time(signature: etree._Element, targets: Mapping[str, etree._Element]) -> datetime | None:
    """Return the SigningTime that is itself signed, None when there is no one readable such time."""
    times = [
        element
        for target in targets.values()
        if signature in target.iterancestors()
        for element in target.iter("{*}SigningTime")
    ]
    if len(times) != 1:
        return None
    try:
        time = datetime.fromisoformat((times[0].text or "").strip()[:MAX_TIME])
    except ValueError:
        return None
    if time.year not in SIGNING_YEARS:
        return None
    return time if time.tzinfo else time.replace(tzinfo=VIETNAM)
