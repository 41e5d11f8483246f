"""Passive authentication of security objects that OpenSSL signed: both RSA paddings, explicit curves."""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cardreader.lds.tlv import write_tlv
from cardreader.proof.evidence import Evidence
from cardreader.proof.passive import verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import listing
from tests.unit.cardreader.people import DG1, DG13

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
FILES = {1: DG1, 13: DG13}
RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
SMALL_RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
PSS_ONLY = ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]
PSS = ["-keyopt", "rsa_padding_mode:pss"]
CERTIFICATE_PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]


def curve(name: str, encoding: str = "named_curve") -> list[str]:
    options = [f"ec_paramgen_curve:{name}", f"ec_param_enc:{encoding}"]
    return ["-algorithm", "EC", *(part for option in options for part in ("-pkeyopt", option))]


@dataclass(frozen=True)
class Authority:
    """A directory with an authority and a document signer made by the openssl program."""

    directory: Path

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)

    def make(self, key: list[str], signing: list[str]) -> None:
        """Make ca/csca.cer and signer.pem, both with such keys."""
        (self.directory / "ca").mkdir()
        for name in ("ca", "signer"):
            self.openssl("genpkey", *key, "-out", f"{name}.key")
        self.openssl(
            *"req -x509 -sha256 -days 9 -key ca.key -outform DER -out ca/csca.cer".split(" "),
            *("-subj", "/C=VN/CN=OpenSSL CSCA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
            *signing,
        )
        self.openssl(*"req -new -key signer.key -out signer.csr -subj".split(" "), "/C=VN/CN=DS", *signing)
        (self.directory / "extensions").write_text("subjectKeyIdentifier=hash\n")
        self.openssl(
            *"x509 -req -sha256 -days 9 -in signer.csr -out signer.pem -extfile extensions".split(" "),
            *"-CA ca/csca.cer -CAkey ca.key".split(" "),
            *signing,
        )

    def security_object(self, content: bytes, *, digest: str = "sha256", options: list[str]) -> bytes:
        (self.directory / "content").write_bytes(content)
        self.openssl(
            *"cms -sign -binary -nodetach -in content -outform DER -out sod -nosmimecap".split(" "),
            *("-econtent_type", "2.23.136.1.1.1", "-signer", "signer.pem", "-inkey", "signer.key"),
            *("-md", digest, *options),
        )
        return write_tlv(0x77, (self.directory / "sod").read_bytes())

    def verify(self, security_object: bytes, files: dict[int, bytes]) -> Check:
        trust = TrustStore.from_directory(self.directory / "ca")
        at = datetime.now(UTC) + timedelta(minutes=1)  # certificates count from this very second
        return verify_passive(Evidence(security_object, files), trust, at=at).check


@pytest.mark.parametrize(
    ("key", "signing", "options"),
    [
        pytest.param(RSA, [], [], id="RSA PKCS1"),
        pytest.param(RSA, CERTIFICATE_PSS, PSS, id="RSA PSS"),
        pytest.param(PSS_ONLY, [], PSS, id="RSA key for PSS only"),
        pytest.param(curve("brainpoolP256r1"), [], [], id="brainpool"),
        pytest.param(curve("brainpoolP256r1", "explicit"), [], [], id="brainpool, explicit parameters"),
        pytest.param(curve("brainpoolP384r1", "explicit"), [], [], id="brainpool 384, explicit parameters"),
        pytest.param(curve("P-256", "explicit"), [], [], id="NIST, explicit parameters"),
        pytest.param(curve("P-521", "explicit"), [], [], id="NIST 521, explicit parameters"),
        pytest.param(curve("brainpoolP320r1"), [], [], id="brainpool 320"),
        pytest.param(RSA, [], ["-noattr"], id="no signed attributes"),
        pytest.param(RSA, [], ["-keyid"], id="signer named by key identifier"),
    ],
)
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_what_openssl_signed_passes_and_a_change_of_it_does_not(
    key: list[str], signing: list[str], options: list[str], digest: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.make(key, signing)
    genuine = authority.security_object(listing(FILES), digest=digest, options=options)
    assert authority.verify(genuine, FILES) == Check("passed")
    forged = {**FILES, 1: DG1.replace(b"NGUYEN", b"NGUYEM")}
    assert authority.verify(genuine, forged) == Check("failed", Reason.GROUP_CHANGED)
    replaced = genuine.replace(listing(FILES), listing(forged))
    assert authority.verify(replaced, forged) == Check("failed", Reason.SIGNATURE_INVALID)


CURVES = [
    *("P-192", "P-224", "P-256", "P-384", "P-521"),
    *(f"brainpoolP{bits}r1" for bits in (192, 224, 256, 320, 384, 512)),
]


@pytest.mark.parametrize("encoding", ["named_curve", "explicit"])
@pytest.mark.parametrize("name", CURVES)
def test_every_curve_of_the_standard_passes_named_and_spelled_out(
    name: str, encoding: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.make(curve(name, encoding), [])
    genuine = authority.security_object(listing(FILES), options=[])
    assert authority.verify(genuine, FILES) == Check("passed")
    forged = {**FILES, 1: DG1.replace(b"NGUYEN", b"NGUYEM")}
    replaced = genuine.replace(listing(FILES), listing(forged))
    assert authority.verify(replaced, forged) == Check("failed", Reason.SIGNATURE_INVALID)


@pytest.mark.parametrize("key", [SMALL_RSA, curve("secp256k1")], ids=["RSA 1024", "a curve of no standard"])
def test_weak_and_unusual_keys_are_refused(key: list[str], tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.make(key, [])
    sod = authority.security_object(listing(FILES), options=[])
    assert authority.verify(sod, FILES) == Check("failed", Reason.ALGORITHM_REFUSED)
