"""How strong a certificate's key and signature are, in words."""

from asn1crypto import algos, keys

from cardreader.errors import MalformedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.rsa_keys import rsa_numbers
from cardreader.proof.certificates import Certificate
from cardreader.proof.curves import curve_of
from cardreader.proof.reasons import NotProven
from cardreader.proof.signatures import MIN_RSA_BITS

_WEAK_CURVES = ("secp192r1", "brainpoolp192r1")


def key_of(certificate: Certificate) -> tuple[str, bool]:
    """Return the key's kind and size, and whether it is weaker than what is signed today."""
    try:
        with malformed_asn1("a key"):
            info = keys.PublicKeyInfo.load(certificate.public_key)
            if info.algorithm in ("rsa", "rsassa_pss"):
                bits = rsa_numbers(certificate.public_key)[0].bit_length()
                return f"RSA {bits}", bits < MIN_RSA_BITS
            curve = curve_of(info)
    except (MalformedData, NotProven):
        return "unknown", True
    return curve, curve in _WEAK_CURVES


def digest_of(algorithm: bytes) -> str:
    """Return the name of a signature algorithm's hash, or `unknown`."""
    try:
        with malformed_asn1("an algorithm"):
            return str(algos.SignedDigestAlgorithm.load(algorithm).hash_algo)
    except MalformedData:
        return "unknown"


def refusal_of(certificate: Certificate) -> str:
    """Return the failure code of a certificate whose key or signature algorithm is not accepted.

    SHA-1 is told apart, as a person may allow it, from keys that nothing makes acceptable.
    """
    name, weak = key_of(certificate)
    if weak and name not in _WEAK_CURVES:
        return "trust.key-refused"
    sha1 = digest_of(certificate.signature_algorithm) == "sha1"
    return "trust.sha1-refused" if sha1 else "trust.algorithm-refused"
