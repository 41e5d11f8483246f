"""Verify who signed a message: the digest in its attributes, then the signature over them (RFC 5652 §5.6)."""

import hashlib

from cardreader.lds.signed_data import SignedData
from cardreader.proof.certificates import Certificate
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.signatures import accepted_hashes, verify_signature


def check_signed_content(signed: SignedData, signer: Certificate, *, sha1: bool = False) -> None:
    """Accept a message that the holder of this certificate signed; who that is was not asked.

    SHA-1 counts only with `sha1`.

    Raises NotProven: SIGNATURE_INVALID, ALGORITHM_REFUSED. MalformedData: as `verify_signature`.
    """
    message = signed.content
    if signed.signed_attributes is not None:
        if signed.signer_digest not in accepted_hashes(sha1=sha1):
            raise NotProven(Reason.ALGORITHM_REFUSED)
        digest = hashlib.new(signed.signer_digest, signed.content).digest()
        if signed.signed_content_type != signed.content_type or digest != signed.signed_digest:
            raise NotProven(Reason.SIGNATURE_INVALID)
        message = signed.signed_attributes
    verify_signature(
        signer.public_key,
        message,
        signed.signature,
        algorithm=signed.signature_algorithm,
        digest=signed.signer_digest,
        sha1=sha1,
    )
