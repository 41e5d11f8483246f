"""Both ways against xmlsec1 (Debian's), an implementation of XML Signature that shares nothing with ours.

What we sign it verifies; what it signs, by templates of the forms that hospitals' programs write, we
verify or refuse. openssl makes the one certificate that `cryptography` will not: signed with SHA-1.
"""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bhyt.national.signature import SignatureFound, verify_signature
from bhyt.national.signature_making import sign_document, sign_enveloped, sign_file
from bhyt.national.signature_signers import Signer, Signers, judge
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.bhyt.signers import (
    HOSPITAL,
    SIGNED_AT,
    TAX_CODE,
    Key,
    authority,
    certificate,
    hospital,
    subject,
)

pytestmark = pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="needs Debian's xmlsec1 (make test)")

ROOT = authority()
KEY = hospital(ROOT)
DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
NAMESPACES = (
    b'<HSDLGBT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
)
RECORD = "#Id-00000000-0000-4000-8000-000000000060"


def xmlsec(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    ids = [word for name in ("GIAYBAOTU", "THONGTINHOSO", "MA_GBT") for word in ("--id-attr:Id", name)]
    return subprocess.run(["xmlsec1", *arguments[:1], *ids, *arguments[1:]], capture_output=True, check=False)


def accepted(signed: bytes, folder: Path) -> bool:
    """Tell whether xmlsec1 verifies the file with the authority's certificate alone."""
    (folder / "root.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    (folder / "signed.xml").write_bytes(signed)
    at = f"{SIGNED_AT:%Y-%m-%d %H:%M:%S}"
    trusted = ("--trusted-pem", str(folder / "root.pem"), "--verification-time", at)
    return xmlsec("--verify", *trusted, str(folder / "signed.xml")).returncode == 0


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(ENVELOPE, id="claims, with namespaces that XmlSerializer writes"),
        pytest.param(CHECK_IN, id="check-ins"),
        pytest.param(DEATH_NOTICE, id="a death notice"),
        pytest.param(DEATH_NOTICE.replace(b"<HSDLGBT>", NAMESPACES), id="with inherited namespaces"),
        pytest.param(DEATH_NOTICE.replace(b' Id="Id-', b' x="Id-'), id="a record without an Id"),
        pytest.param(b"\xef\xbb\xbf" + CHECK_IN.replace(b"\n", b"\r\n"), id="as Windows writes"),
        pytest.param(CHECK_IN.replace(b"<CHUKYDONVI/>", b""), id="without a place for the signature"),
    ],
)
def test_xmlsec_verifies_what_we_sign_and_nothing_else(document: bytes, tmp_path: Path) -> None:
    signed = sign_file(document, KEY, signed_at=SIGNED_AT)
    assert accepted(signed, tmp_path)
    assert not accepted(signed.replace(b"33999", b"33998"), tmp_path)


def test_xmlsec_verifies_an_envelope_signed_by_id_and_a_document_signed_as_a_whole(tmp_path: Path) -> None:
    assert accepted(sign_document(ENVELOPE, KEY, signed_at=SIGNED_AT), tmp_path)
    assert accepted(sign_enveloped(DEATH_NOTICE, KEY), tmp_path)


def reference(uri: str, *transforms: str, digest: str = SHA256) -> str:
    names = "".join(f'<Transform Algorithm="{name}"/>' for name in transforms)
    return (
        f'<Reference URI="{uri}">{f"<Transforms>{names}</Transforms>" if names else ""}'
        f'<DigestMethod Algorithm="{digest}"/><DigestValue/></Reference>'
    )


def template(*references: str, method: str = f"{MORE}rsa-sha256", form: str = C14N, more: str = "") -> str:
    return (
        f'<Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod Algorithm="{form}"/>'
        f'<SignatureMethod Algorithm="{method}"/>{"".join(references)}</SignedInfo><SignatureValue/>'
        f"<KeyInfo><X509Data/></KeyInfo>{more}</Signature>"
    )


def signed_by_xmlsec(document: bytes, signature: str, folder: Path, key: Key = KEY) -> bytes:
    """Let xmlsec1 fill the template inside CHUKYDONVI."""
    files = {name: folder / name for name in ("key.pem", "cert.pem", "template.xml", "out.xml")}
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files["key.pem"].write_bytes(pem)
    files["cert.pem"].write_bytes(key.certificate.public_bytes(Encoding.PEM))
    files["template.xml"].write_bytes(
        document.replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI>" + signature.encode() + b"</CHUKYDONVI>")
    )
    pair = f"{files['key.pem']},{files['cert.pem']}"
    done = xmlsec(
        "--sign", "--privkey-pem", pair, "--output", str(files["out.xml"]), str(files["template.xml"])
    )
    assert done.returncode == 0, done.stderr.decode()
    return files["out.xml"].read_bytes()


STATEMENT = (
    '<Object Id="Object-CHUKYDONVI"><SignatureProperties xmlns=""><SignatureProperty>'
    "<SigningTime>2026-09-17T10:30:00</SigningTime></SignatureProperty></SignatureProperties></Object>"
)


@pytest.mark.parametrize(
    ("document", "signature", "profile"),
    [
        pytest.param(CHECK_IN, template(reference("", ENVELOPED)), "enveloped", id="enveloped"),
        pytest.param(ENVELOPE, template(reference("", ENVELOPED)), "enveloped", id="claims"),
        pytest.param(
            CHECK_IN,
            template(reference("", ENVELOPED))
            .replace("<", "<ds:")
            .replace("<ds:/", "</ds:")
            .replace("xmlns=", "xmlns:ds="),
            "enveloped",
            id="with a prefix",
        ),
        pytest.param(
            ENVELOPE, template(reference("", ENVELOPED, C14N)), "enveloped", id="with a canonical form"
        ),
        pytest.param(
            ENVELOPE,
            template(reference("", ENVELOPED, EXCLUSIVE), form=EXCLUSIVE),
            "enveloped",
            id="exclusive canonical forms",
        ),
        pytest.param(
            ENVELOPE,
            template(
                reference("", ENVELOPED, digest="http://www.w3.org/2001/04/xmlenc#sha512"),
                method=f"{MORE}rsa-sha384",
            ),
            "enveloped",
            id="longer digests",
        ),
        pytest.param(
            DEATH_NOTICE.replace(b"<HSDLGBT>", NAMESPACES),
            template(reference("#Object-CHUKYDONVI"), reference(RECORD), more=STATEMENT),
            "document",
            id="document",
        ),
        pytest.param(
            DEATH_NOTICE,
            template(
                reference("#Object-CHUKYDONVI"), reference(RECORD, ENVELOPED, EXCLUSIVE), more=STATEMENT
            ),
            "document",
            id="document with transforms",
        ),
        pytest.param(
            DEATH_NOTICE,
            template(reference("#Object-CHUKYDONVI"), reference("", ENVELOPED), more=STATEMENT),
            "enveloped",
            id="the whole and a signing time",
        ),
        pytest.param(
            DEATH_NOTICE, template(reference(RECORD)), "document", id="document without a signing time"
        ),
    ],
)
def test_we_verify_what_xmlsec_signs(document: bytes, signature: str, profile: str, tmp_path: Path) -> None:
    found = verify_signature(signed_by_xmlsec(document, signature, tmp_path))
    assert (found.status, found.profile, found.signer) == ("valid", profile, HOSPITAL)
    assert found.signed_at == (SIGNED_AT if "SigningTime" in signature else None)


def test_we_verify_what_xmlsec_signs_with_an_elliptic_curve(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    made = certificate(subject(CN=HOSPITAL), private.public_key(), ROOT, ROOT.private)
    signature = template(reference("", ENVELOPED), method=f"{MORE}ecdsa-sha256")
    key = Key(private, made)  # type: ignore[arg-type]
    signed = signed_by_xmlsec(CHECK_IN, signature, tmp_path, key)
    assert verify_signature(signed).status == "valid"
    assert verify_signature(signed.replace(b"SYN-", b"SYM-", 1)).status == "broken"


@pytest.mark.parametrize(
    ("document", "signature", "status", "reason"),
    [
        pytest.param(
            CHECK_IN,
            template(reference("", ENVELOPED), method=f"{DS}rsa-sha1"),
            "unsupported",
            "signature-method",
            id="sha-1 in the signature",
        ),
        pytest.param(
            CHECK_IN,
            template(reference("", ENVELOPED, digest=f"{DS}sha1")),
            "unsupported",
            "digest-method",
            id="sha-1 in a digest",
        ),
        pytest.param(
            DEATH_NOTICE,
            template(reference("#Object-CHUKYDONVI"), more=STATEMENT),
            "broken",
            "uncovered",
            id="nothing but its own time is signed",
        ),
        pytest.param(
            DEATH_NOTICE.replace(b"<MA_GBT>", b'<MA_GBT Id="part">'),
            template(reference("#part")),
            "broken",
            "reference",
            id="a part of the record is signed",
        ),
        pytest.param(
            CHECK_IN,
            template(reference("", ENVELOPED)).replace(
                f'<Transform Algorithm="{ENVELOPED}"/>',
                '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
                "<XPath>ancestor-or-self::STT</XPath></Transform>",
            ),
            "unsupported",
            "parameters",
            id="one element chosen by XPath is signed",
        ),
    ],
)
def test_we_refuse_what_xmlsec_signs_otherwise(
    document: bytes, signature: str, status: str, reason: str, tmp_path: Path
) -> None:
    found = verify_signature(signed_by_xmlsec(document, signature, tmp_path))
    assert (found.status, found.reason) == (status, reason)


def test_a_certificate_that_sha_1_vouches_for_is_not_believed(tmp_path: Path) -> None:
    root = authority(days=(-3650, 36500))
    signers = Signers((Signer("33999", tax_code=TAX_CODE),), (root.certificate,))
    for digest, status in (("sha256", "valid"), ("sha1", "unknown-signer")):
        made = issued_by_openssl(root, tmp_path, digest)
        found = SignatureFound(
            "valid", None, "HSDLGBT", "document", HOSPITAL, made.public_bytes(Encoding.DER)
        )
        day = made.not_valid_before_utc.date() + timedelta(days=2)
        assert judge(found, facility="33999", signers=signers, on=day).status == status


def issued_by_openssl(root: Key, folder: Path, digest: str) -> x509.Certificate:
    """A hospital's certificate; openssl dates it from now."""
    (folder / "ca.key").write_bytes(
        root.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "ca.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    name = f"/UID=MST:{TAX_CODE}/CN={HOSPITAL}"
    new = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-utf8", "-subj", name)
    issue = ("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7")
    for command in ((*new, "-out", "leaf.csr"), (*issue, f"-{digest}", "-days", "30", "-out", "leaf.pem")):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    made = x509.load_pem_x509_certificate((folder / "leaf.pem").read_bytes())
    assert made.signature_hash_algorithm is not None
    assert made.signature_hash_algorithm.name == digest
    return made
