"""XML signatures of the national files, made: both profiles of vss_api.md section 7.

Only the signature is written into the file's bytes; all else stays as it was. signxml signs only by
writing the whole document anew and with Transforms in every Reference, which the document profile
does not have; here it verifies every signature before the file is handed out. The same file, key
and time give the same bytes.
"""

import hashlib
from base64 import b64encode
from datetime import datetime
from html import escape
from typing import Protocol
from uuid import UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from bhyt.errors import (
    AlreadySigned,
    FileTooLarge,
    NoRecords,
    NotSigned,
    NotXml,
    SignatureBroken,
    SignatureUnsupported,
    UnknownRoot,
)
from bhyt.national.signature import MAX_SIGNED_BYTES, PROFILES, verify_signature
from bhyt.national.signature_key_info import check_readable
from bhyt.national.signature_reading import ENVELOPED, UNSIGNED_PLACES
from bhyt.national.signature_splicing import cut_for_signature, insert_ids
from bhyt.national.signature_xml import DS, PLACE, canonical, digest_of, ds, parse_signed
from bhyt.records.dates import VIETNAM

_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_IDS = UUID("6f0c2a3e-5f0d-4a0b-9c39-2f9a4f1f1d57")


class SigningKey(Protocol):
    """A facility's key; the adapters for a PKCS#12 file and a token are in `clinics.signing`."""

    @property
    def certificate(self) -> x509.Certificate:
        """Return the certificate of the key."""

    def sign(self, data: bytes) -> bytes:
        """Return the RSA signature of `data`: PKCS #1 v1.5 with SHA-256 (RFC 8017 §8.2)."""


def sign_file(document: bytes, key: SigningKey, *, signed_at: datetime) -> bytes:
    """Return the file signed in the profile that the portal asks for by its outermost element.

    Raises what sign_enveloped and sign_document raise.
    """
    if PROFILES[_root(document).tag] == "enveloped":
        return sign_enveloped(document, key)
    return sign_document(document, key, signed_at=signed_at)


def sign_enveloped(document: bytes, key: SigningKey) -> bytes:
    """Return the file with one Reference to all of it, as claims and check-ins are signed.

    Raises AlreadySigned; UnknownRoot, NotXml, FileTooLarge: it is no national file to be signed.
    NotSigned: the signature would not be valid.
    """
    root = _root(document)
    before, after = cut_for_signature(document)
    if root.find(PLACE) is None:
        root = _root(before + after)
    reference = _reference("", digest_of(root, "sha256"), transform=ENVELOPED)
    name = str(uuid5(_IDS, hashlib.sha256(document).hexdigest()))
    return _signed(before, after, key, root=root, name=name, references=[reference])


def sign_document(document: bytes, key: SigningKey, *, signed_at: datetime) -> bytes:
    """Return the file with a Reference to its signing time and one to each of its records.

    A record without an Id gets one. Raises as sign_enveloped, and NoRecords.
    """
    document = _identified(document)
    before, after = cut_for_signature(document)
    root = _root(before + after)
    ids = [one.get("Id") or one.get("ID") or one.get("id") or "" for one in _records(root)]
    if not ids:
        raise NoRecords
    name = f"{PLACE}-{ids[0]}"
    time = signed_at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M:%S")
    statement = (
        f'<Object Id="Object-{escape(name)}"><SignatureProperties xmlns="">'
        f'<SignatureProperty Target="#{escape(name)}" Id="SignatureProperty-{escape(name)}">'
        f"<SigningTime>{time}</SigningTime></SignatureProperty></SignatureProperties></Object>"
    )
    references = [
        _reference(f"#{one}", digest_of(record, "sha256"))
        for one, record in zip(ids, _records(root), strict=True)
    ]
    return _signed(before, after, key, root=root, name=name, references=references, statement=statement)


def _signed(
    before: bytes,
    after: bytes,
    key: SigningKey,
    *,
    root: etree._Element,
    name: str,
    references: list[str],
    statement: str = "",
) -> bytes:
    """Return the document with the signature between `before` and `after`; it verifies."""
    try:
        certificate = check_readable(key.certificate)
    except SignatureBroken as error:
        raise NotSigned(error.reason) from error
    opening = f'<Signature xmlns="{DS}" Id="{escape(name)}">'
    # SignedInfo and Object are hashed in their place: they inherit the namespaces of the document.
    signature = etree.fromstring(f"{opening}{statement}</Signature>")
    root.findall(PLACE)[0].append(signature)
    for holder in signature.findall(ds("Object")):
        references = [_reference(f"#Object-{name}", digest_of(holder, "sha256")), *references]
    signed_info = (
        f'<CanonicalizationMethod Algorithm="{_C14N}"/><SignatureMethod Algorithm="{_RSA_SHA256}"/>'
        + "".join(references)
    )
    element = etree.fromstring(f'<SignedInfo xmlns="{DS}">{signed_info}</SignedInfo>')
    signature.insert(0, element)
    value = b64encode(key.sign(canonical(element))).decode()
    text = (
        f"{opening}<SignedInfo>{signed_info}</SignedInfo><SignatureValue>{value}</SignatureValue>"
        f"{_key_info(certificate)}{statement}</Signature>"
    )
    signed = before + text.encode() + after
    found = verify_signature(signed)
    if found.status != "valid":
        raise NotSigned(found.reason or found.status)
    return signed


def _root(document: bytes) -> etree._Element:
    """Return the outermost element of an unsigned national file."""
    if len(document) > MAX_SIGNED_BYTES:
        raise FileTooLarge(MAX_SIGNED_BYTES)
    try:
        root = parse_signed(document)
    except SignatureBroken as error:
        raise NotXml from error
    except SignatureUnsupported as error:
        raise NotSigned(error.reason) from error
    if root.tag not in PROFILES:
        raise UnknownRoot
    if next(root.iter(ds("Signature")), None) is not None:
        raise AlreadySigned
    return root


def _records(root: etree._Element) -> list[etree._Element]:
    return [child for child in root.iterchildren("*") if child.tag not in UNSIGNED_PLACES]


def _identified(document: bytes) -> bytes:
    """Return the document with an Id on each record: the same one each time, from the file's own hash."""
    digest = hashlib.sha256(document).hexdigest()
    root = _root(document)
    records = set(_records(root))
    numbers = (number for number, child in enumerate(root.iterchildren("*")) if child in records)
    return insert_ids(document, {number: f"Id-{uuid5(_IDS, f'{digest}/{number}')}" for number in numbers})


def _reference(uri: str, digest: bytes, *, transform: str | None = None) -> str:
    transforms = f'<Transforms><Transform Algorithm="{transform}"/></Transforms>' if transform else ""
    return (
        f'<Reference URI="{escape(uri)}">{transforms}<DigestMethod Algorithm="{_SHA256}"/>'
        f"<DigestValue>{b64encode(digest).decode()}</DigestValue></Reference>"
    )


def _key_info(certificate: x509.Certificate) -> str:
    encoded = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    owner = "".join(mark if mark.isprintable() else " " for mark in certificate.subject.rfc4514_string())
    return (
        f"<KeyInfo><X509Data><X509SubjectName>{escape(owner)}</X509SubjectName>"
        f"<X509Certificate>{encoded}</X509Certificate></X509Data></KeyInfo>"
    )
