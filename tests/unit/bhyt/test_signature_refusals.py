"""Signatures that are not taken: by which methods, in which form, of which size; each says why."""

import re
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bhyt.national import signature
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_file
from tests.unit.bhyt.samples import CHECK_IN
from tests.unit.bhyt.signed import CHECK_INS, KEY, replaced
from tests.unit.bhyt.signers import SIGNED_AT, hospital

SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param(
            f'DigestMethod Algorithm="{SHA256}',
            f'DigestMethod Algorithm="{SHA1}',
            "digest-method",
            id="sha-1",
        ),
        pytest.param(
            f'DigestMethod Algorithm="{SHA256}',
            'DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5',
            "digest-method",
            id="md5",
        ),
        pytest.param("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5", "signature-method", id="rsa-md5"),
        pytest.param(
            "2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1", "signature-method", id="rsa-sha1"
        ),
        pytest.param("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256", "signature-method", id="hmac"),
        pytest.param(
            "xml-c14n-20010315", "xml-c14n-20010315#WithComments", "canonicalization", id="with comments"
        ),
        pytest.param(ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", "transform", id="xpath"),
        pytest.param(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116", "transform", id="xslt"),
        pytest.param(ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", "transform", id="xpath filter"),
        pytest.param(ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64", "transform", id="base64"),
        pytest.param(
            f'<Transform Algorithm="{ENVELOPED}"/>',
            f'<Transform Algorithm="{ENVELOPED}"><XPath>//x</XPath></Transform>',
            "parameters",
            id="parameters of a transform",
        ),
        pytest.param(
            'URI=""', 'URI="http://example.org/file.xml"', "reference", id="a reference to the network"
        ),
        pytest.param('URI=""', 'URI="file:///etc/hostname"', "reference", id="a reference to a file"),
        pytest.param('URI=""', 'URI="#xpointer(/)"', "reference", id="a pointer"),
        pytest.param('URI=""', "", "reference", id="a reference without a URI"),
        pytest.param(
            "<X509Certificate>",
            "<X509CRL>AA==</X509CRL><X509Certificate>",
            "key-info",
            id="a revocation list",
        ),
        pytest.param(
            "<X509Data>",
            '<RetrievalMethod URI="http://example.org/"/><X509Data>',
            "key-info",
            id="a key elsewhere",
        ),
        pytest.param(
            "</X509Data>", "</X509Data><X509Data/>", "key-info", id="two certificates to choose from"
        ),
        pytest.param(
            "<KeyInfo>", "<KeyInfo><KeyValue><DSAKeyValue/></KeyValue>", "key-info", id="another kind of key"
        ),
    ],
)
def test_what_is_not_taken_is_unsupported_and_says_why(old: str, new: str, reason: str) -> None:
    found = verify_signature(replaced(CHECK_INS, old, new))
    assert (found.status, found.reason) == ("unsupported", reason)


@pytest.mark.parametrize(
    "part", ["SignedInfo", "SignatureValue", "KeyInfo", "Reference", "DigestValue", "DigestMethod"]
)
def test_a_signature_without_one_of_its_parts_is_broken(part: str) -> None:
    cut = re.sub(
        rb"<%b[ >].*</%b>|<%b [^>]*/>" % (part.encode(), part.encode(), part.encode()), b"", CHECK_INS
    )
    assert cut != CHECK_INS
    assert verify_signature(cut).status == "broken"


def test_a_signature_without_its_certificate_is_unsupported() -> None:
    cut = re.sub(rb"<X509Certificate>.*</X509Certificate>", b"", CHECK_INS)
    found = verify_signature(cut)
    assert (found.status, found.reason) == ("unsupported", "certificates")


def test_a_key_of_1024_bits_is_unsupported() -> None:
    mine = b64encode(KEY.certificate.public_bytes(Encoding.DER)).decode()
    weak = b64encode(hospital(number=3, bits=1024).certificate.public_bytes(Encoding.DER)).decode()
    found = verify_signature(replaced(CHECK_INS, mine, weak))
    assert (found.status, found.reason) == ("unsupported", "weak-key")


@pytest.mark.parametrize("certificate", [b"AA==", b64encode(b"0" * 300)])
def test_bytes_that_are_no_certificate_are_broken(certificate: bytes) -> None:
    changed = re.sub(rb"(<X509Certificate>)[^<]*", rb"\g<1>" + certificate, CHECK_INS)
    found = verify_signature(changed)
    assert (found.status, found.reason) == ("broken", "certificate")


def test_the_signers_public_key_may_stand_beside_its_certificate_and_another_may_not() -> None:
    def with_key(number: int) -> bytes:
        numbers = hospital(number=number).private.public_key().public_numbers()
        modulus = b64encode(numbers.n.to_bytes(256)).decode()
        value = f"<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"
        return replaced(CHECK_INS, "<KeyInfo>", f"<KeyInfo><KeyValue>{value}</KeyValue>")

    assert verify_signature(with_key(0)).status == "valid"
    assert verify_signature(with_key(2)).status == "broken"


def test_a_document_type_is_never_obeyed() -> None:
    bomb = replaced(
        CHECK_INS, "<CHI_TIEU_TRANG_THAI_KCB>", '<!DOCTYPE a [<!ENTITY x "y">]><CHI_TIEU_TRANG_THAI_KCB>'
    )
    found = verify_signature(bomb)
    assert (found.status, found.reason) == ("broken", "doctype")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_file_in_another_encoding_is_not_valid(encoding: str) -> None:
    assert verify_signature(CHECK_INS.decode().encode(encoding)).status != "valid"


def test_a_file_that_was_cut_is_broken() -> None:
    assert verify_signature(CHECK_INS[:-20]).status == "broken"


def test_a_file_over_the_limit_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature, "MAX_SIGNED_BYTES", len(CHECK_INS) - 1)
    assert verify_signature(CHECK_INS).status == "too-large-to-verify"


@pytest.mark.parametrize("markup", ["<a/>", 'a="" '])
def test_elements_and_attributes_without_end_are_not_held_in_memory(markup: str) -> None:
    many = f'<a xmlns="http://www.w3.org/2000/09/xmldsig#" {markup * signature.MAX_SIGNED_MARKUP}'
    assert verify_signature(many.encode()).status == "too-large-to-verify"


def declared(number: int) -> str:
    return "".join(f' xmlns:n{one}="urn:{one}"' for one in range(number))


def test_namespaces_that_would_be_compared_for_minutes_are_refused_and_many_small_ones_are_not() -> None:
    """A thousand over 20,000 elements kept libxml2's canonical form busy for 75 seconds."""
    found = verify_signature(replaced(CHECK_INS, "<STT>", f"<STT{declared(33)}>"))
    assert (found.status, found.reason) == ("unsupported", "namespaces")
    many = replaced(CHECK_IN, "<DU_PHONG/>", f"<DU_PHONG>{f'<A{declared(3)}/>' * 100}</DU_PHONG>")
    assert verify_signature(sign_file(many, KEY, signed_at=SIGNED_AT)).status == "valid"


def test_attributes_that_would_be_sorted_for_minutes_are_refused() -> None:
    attributes = "".join(f' a{number}=""' for number in range(51))
    found = verify_signature(replaced(CHECK_INS, "<STT>", f"<STT{attributes}>"))
    assert (found.status, found.reason) == ("unsupported", "attributes")
