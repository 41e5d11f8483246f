"""XML signatures of the national files, verified: both profiles of vss_api.md section 7.

signxml verifies SignedInfo; what the References cover is decided by position in
`signature_reading`, and hashed where it stands, because signxml would copy the whole document
for every Reference. Whose signature it is says `signature_signers`. Nothing that was not
verified is ever "valid".
"""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bhyt.errors import SignatureBroken, SignatureRefused
from bhyt.national.signature_key_info import lifetime, signer_name
from bhyt.national.signature_reading import (
    DIGESTS,
    METHODS,
    Profile,
    SignatureRead,
    read_reference,
    read_signature,
)
from bhyt.national.signature_xml import (
    DS,
    PLACE,
    digest_of,
    drop_blanks,
    parse_signed,
    standing_alone,
    take_out,
)

Mathematics = Literal["none", "broken", "unsupported", "too-large-to-verify", "valid"]

MAX_SIGNED_BYTES = 50_000_000
"""The largest file whose signature is verified: its elements are held in memory."""

MAX_SIGNED_MARKUP = 1_000_000
"""How many `<` and `=` such a file may have: they bound its elements and attributes, and so the memory."""

PROFILES: dict[str, Profile] = {
    "GIAMDINHHS": "enveloped",
    "CHI_TIEU_TRANG_THAI_KCB": "enveloped",
    "HSCHUNGTU": "document",
    "HSDLGBT": "document",
    "HSDLGCS": "document",
}
"""The profile that the portal asks for by outermost element; it answers another one with error 125."""


@dataclass(frozen=True, slots=True)
class SignatureFound:
    """What mathematics says of a file's signature; `judge` says whose it is.

    `signer` is the name in the certificate, `certificate` and `others` (sent along) are DER. All
    but `status` and `reason` (a word of docs/signatures.md) are claims unless the status is "valid".
    """

    status: Mathematics
    reason: str | None = None
    root: str | None = None
    profile: Profile | None = None
    signer: str | None = None
    certificate: bytes | None = None
    others: tuple[bytes, ...] = ()
    signed_at: datetime | None = None


def verify_signature(data: bytes) -> SignatureFound:
    """Return what the file's signature is worth by itself; bytes that are no XML have a broken one or none.

    A file that does not verify as it is written, but does without the blanks between its elements,
    is valid too: .NET programs sign without them and indent afterwards. Our readers do not see blanks.
    """
    if DS.encode() not in data:
        return SignatureFound("none")
    if len(data) > MAX_SIGNED_BYTES or data.count(b"<") + data.count(b"=") > MAX_SIGNED_MARKUP:
        return SignatureFound("too-large-to-verify")
    found = _verify(data, blanks=True)
    if found.status == "broken" and found.reason in {"digest", "signature-value"}:
        indented = _verify(data, blanks=False)
        return indented if indented.status == "valid" else found
    return found


def _verify(data: bytes, *, blanks: bool) -> SignatureFound:
    read: SignatureRead | None = None
    root: etree._Element | None = None
    try:
        root = parse_signed(data)
        if not blanks:
            drop_blanks(root)
        read = read_signature(root)
        if read is None:
            return SignatureFound("none")
        _check_mathematics(root, read)
    except SignatureRefused as refusal:
        status: Mathematics = "broken" if isinstance(refusal, SignatureBroken) else "unsupported"
        return _found(status, refusal.reason, root, read)
    return _found("valid", None, root, read)


def _found(
    status: Mathematics, reason: str | None, root: etree._Element | None, read: SignatureRead | None
) -> SignatureFound:
    name = None if root is None else str(root.tag)
    if read is None:
        return SignatureFound(status, reason, name)
    return SignatureFound(
        status=status,
        reason=reason,
        root=name,
        profile=read.profile,
        signer=signer_name(read.certificate),
        certificate=read.certificate.public_bytes(Encoding.DER),
        others=tuple(one.public_bytes(Encoding.DER) for one in read.others),
        signed_at=read.signed_at,
    )


def _check_mathematics(root: etree._Element, read: SignatureRead) -> None:
    """Verify SignedInfo with the certificate's key, then each digest that the verified bytes name.

    Raises SignatureBroken: one of them is another. SignatureUnsupported: signxml takes it not.
    """
    configuration = SignatureConfiguration(
        location=f"./{PLACE}/",
        expect_references=True,
        signature_methods=frozenset(map(SignatureMethod, METHODS)),
        digest_algorithms=frozenset(map(DigestAlgorithm, DIGESTS)),
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
        # Whether the certificate had expired is judged by the file's own time, not by the clock.
        verification_time=lifetime(read.certificate)[0],
    )
    try:
        # The schema would refuse Ids that start with a digit, as the GUIDs of many programs do.
        references: Any = _LeanVerifier().verify(
            root, x509_cert=read.certificate, validate_schema=False, expect_config=configuration
        )
    except SignXMLException as error:
        raise SignatureBroken("signature-value") from error
    signed = sorted(map(read_reference, references), key=lambda one: one.uri, reverse=True)
    if {one.uri for one in signed} != read.targets.keys():
        raise SignatureBroken("reference")
    for one in signed:  # the whole document last: it is hashed without the signature
        if not one.uri:
            take_out(read.element)
        digest = digest_of(read.targets[one.uri], one.algorithm, exclusive=one.exclusive)
        if not compare_digest(digest, one.digest):
            raise SignatureBroken("digest")


class _LeanVerifier(XMLVerifier):
    """signxml's check of the signature value; it hands out the References that this verified.

    Three things are otherwise: the tree is not copied, the canonical form of SignedInfo is right
    below a default namespace (`standing_alone`), and no Reference is looked up by signxml.
    """

    def get_root(self, data: etree._Element) -> etree._Element:
        """Return the tree itself, which is ours."""
        return data

    def _c14n(self, nodes: etree._Element, *arguments: Any, **named: Any) -> bytes:
        form: bytes = super()._c14n(standing_alone(nodes), *arguments, **named)
        return form

    def _verify_reference(self, reference: etree._Element, *_rest: Any) -> etree._Element:
        return reference
