"""What was signed, by whom and how: CMS SignedData with one signer (RFC 5652 §5).

EF.SOD, EF.CardSecurity and master lists are of this form. Nothing is verified here;
`cardreader.proof.signed_content` does that.
"""

from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.algorithms import plain_algorithm
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.tlv import check_structure

MAX_CERTIFICATES = 8

_VERSIONS, _SIGNER_VERSIONS = (b"\x01", b"\x03", b"\x04", b"\x05"), (b"\x01", b"\x03")


@dataclass(frozen=True, slots=True)
class SignedData:
    """The parts of a signed message that verification needs, each as it came.

    `signed_attributes` is the SET OF that the signature covers, or None when it covers `content`
    itself. Certificates and algorithms are DER; `certificates` are all that came along.
    """

    content_type: str
    content: bytes
    signed_attributes: bytes | None
    signed_digest: bytes | None
    signed_content_type: str | None
    signer_digest: str
    signature_algorithm: bytes
    signature: bytes
    signer_certificate: bytes
    certificates: tuple[bytes, ...]


def parse_signed_data(message: bytes, *, content_type: str, what: str) -> SignedData:
    """Return the one signed message that `message` is; `what` names it in errors.

    Of what the signature does not cover, both versions are any that the standards name, whatever is
    inside, and the list of digests may lack the signer's: old passports have both wrong, and nothing
    is computed from either (RFC 5652 §5.1, §5.3).

    Raises MalformedData: not SignedData of this content type with one signer, its certificate
    inside. OversizedData: more than MAX_CERTIFICATES certificates, or beyond the caps of `lds.tlv`.
    """
    check_structure(message)
    with malformed_asn1(what):
        info = cms.ContentInfo.load(message, strict=True)
        if info["content_type"].native != "signed_data":
            raise MalformedData(f"{what} is not signed data")
        signed = info["content"]
        # asn1crypto takes version 1 for PKCS #7, whose content may be anything: it has to be CMS's
        encapsulated = cms.EncapsulatedContentInfo.load(signed["encap_content_info"].dump(), strict=True)
        if encapsulated["content_type"].dotted != content_type:
            raise MalformedData(f"{what} signs something of another kind")
        if len(signed["signer_infos"]) != 1:
            raise MalformedData(f"{what} has not exactly one signer")
        signer = signed["signer_infos"][0]
        _check_unsigned(signed, signer, what)
        covered, signed_digest, signed_content_type = _signed_attributes(signer, what)
        return SignedData(
            content_type=content_type,
            content=bytes(encapsulated["content"]),
            signed_attributes=covered,
            signed_digest=signed_digest,
            signed_content_type=signed_content_type,
            signer_digest=signer["digest_algorithm"]["algorithm"].native,
            signature_algorithm=signer["signature_algorithm"].dump(),
            signature=signer["signature"].native,
            signer_certificate=_signer_certificate(signed, signer["sid"], what),
            certificates=tuple(choice.chosen.dump() for choice in _plain_certificates(signed, what)),
        )


def _check_unsigned(signed: Any, signer: Any, what: str) -> None:
    plain_algorithm(signer["digest_algorithm"].dump())
    signed["digest_algorithms"].dump()  # asn1crypto looks at no tag of what is not asked for
    for part, versions in ((signed, _VERSIONS), (signer, _SIGNER_VERSIONS)):
        if part["version"].contents not in versions:
            raise MalformedData(f"{what} has a version that no standard names")


def _signed_attributes(signer: Any, what: str) -> tuple[bytes | None, bytes | None, str | None]:
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void) or not len(attributes):
        return None, None, None
    found: dict[str, Any] = {}
    for attribute in attributes:
        kind = attribute["type"].native
        if kind in found:
            raise MalformedData(f"{what} has a signed attribute twice")
        found[kind] = attribute["values"]
    if any(len(found.get(kind, ())) != 1 for kind in ("message_digest", "content_type")):
        raise MalformedData(f"{what} has signed attributes without the digest or the content type")
    covered = b"\x31" + attributes.dump()[1:]  # RFC 5652 §5.4: signed under the SET OF tag
    return covered, found["message_digest"][0].native, found["content_type"][0].dotted


def _plain_certificates(signed: Any, what: str) -> list[Any]:
    certificates = signed["certificates"]
    if len(certificates) > MAX_CERTIFICATES:
        raise OversizedData(f"{what} has more than {MAX_CERTIFICATES} certificates")
    return [choice for choice in certificates if choice.name == "certificate"]


def _signer_certificate(signed: Any, identifier: Any, what: str) -> bytes:
    for choice in _plain_certificates(signed, what):
        certificate = choice.chosen
        if identifier.name == "issuer_and_serial_number":
            named = identifier.chosen
            if certificate.serial_number == named["serial_number"].native and _spelled(
                certificate.issuer
            ) == _spelled(named["issuer"]):
                return bytes(certificate.dump())
        elif certificate.key_identifier == identifier.chosen.native:
            return bytes(certificate.dump())
    raise MalformedData(f"{what} does not hold its signer's certificate")


def _spelled(name: Any) -> list[list[tuple[str, object]]]:
    """Return a name's texts as they stand: a signer is named in his certificate's own words, in any type."""
    return [[(part["type"].dotted, part["value"].native) for part in together] for together in name.chosen]
