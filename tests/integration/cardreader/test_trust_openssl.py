"""A trust list of what the openssl program made: roots, links, revocation lists and master lists."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.cli import main
from cardreader.proof.evidence import Evidence
from cardreader.proof.passive import verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from tests.integration.cardreader.openssl_country import EC, PSS, RSA, Country, fingerprint, soon
from tests.unit.cardreader.issuing import certify, listing
from tests.unit.cardreader.people import DG1, DG13

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
FILES = {1: DG1, 13: DG13}
KINDS = [
    pytest.param(EC, (), "sha256", id="brainpool"),
    pytest.param(RSA, (), "sha512", id="RSA PKCS1"),
    pytest.param(RSA, tuple(PSS), "sha256", id="RSA PSS"),
]


class World:
    """A country of openssl's and a trust list of ours."""

    def __init__(self, folder: Path, **kind: object) -> None:
        self.country = Country(folder, **kind)  # type: ignore[arg-type]
        self.folder = folder
        self.trust = folder / "trust"

    def offer(self, *arguments: str, **contents: bytes) -> Result:
        """Import files of these contents, named after their arguments."""
        paths = []
        for name, content in contents.items():
            path = self.folder / name.replace("_", ".")
            path.write_bytes(content)
            paths.append(str(path))
        return CliRunner().invoke(main, ["trust", "import", *paths, *arguments, "--trust", str(self.trust)])

    def held(self) -> dict[str, str]:
        shown = CliRunner().invoke(main, ["trust", "list", "--json", "--trust", str(self.trust)])
        return {entry["fingerprint"]: entry["kind"] for entry in json.loads(shown.stdout)}

    def card(self, by: str, *, sha1: bool = False) -> Check:
        """Return what is said of a card that the document signer of this name signed."""
        digest = "sha1" if self.country.digest == "sha1" else "sha256"
        sod = self.country.security_object(listing(FILES, digest=digest), by=by)
        store = TrustStore.from_directory(self.trust, sha1=sha1)
        return verify_passive(Evidence(sod, FILES), store, at=soon()).check


@pytest.mark.parametrize(("key", "signing", "digest"), KINDS)
def test_the_whole_life_of_a_countrys_keys(
    key: list[str], signing: tuple[str, ...], digest: str, tmp_path: Path
) -> None:
    world = World(tmp_path, key=tuple(key), signing=signing, digest=digest)
    country = world.country
    old, _ = country.authority("old"), country.authority("new")
    country.certificate("signer", by="old", kind="document")
    country.certificate("successor", by="new", kind="document")
    link = country.certificate("link", by="old", kind="link", key="new", subject="/C=VN/O=Test/CN=new")

    assert world.offer(csca_cer=old).exit_code == 0
    assert world.card("signer") == Check("passed")
    assert world.card("successor") == Check("failed", Reason.AUTHORITY_UNKNOWN)

    assert world.offer(link_cer=link).exit_code == 0
    assert world.card("successor") == Check("passed")

    assert world.offer(one_crl=country.revocation_list("old", "signer")).exit_code == 0
    assert world.card("signer") == Check("failed", Reason.SIGNER_REVOKED)
    assert world.card("successor") == Check("passed")

    assert world.offer(two_crl=country.revocation_list("old", "signer", "link")).exit_code == 0
    assert world.card("successor") == Check("failed", Reason.AUTHORITY_REVOKED)


def test_a_change_of_the_kind_of_key_under_one_name_is_followed(tmp_path: Path) -> None:
    name = "/C=VN/O=Test/CN=CSCA"
    world = World(tmp_path, key=tuple(RSA))
    old = world.country.authority("old", name)
    world.country = Country(tmp_path, key=tuple(EC))
    world.country.authority("new", name)
    world.country.certificate("successor", by="new", kind="document")
    link = world.country.certificate("link", by="old", kind="link", key="new", subject=name)
    assert world.offer(csca_cer=old, link_cer=link).exit_code == 0
    assert world.held() == {fingerprint(old): "anchor", fingerprint(link): "link"}
    assert world.card("successor") == Check("passed")


@pytest.mark.parametrize(("key", "signing", "digest"), KINDS)
def test_a_master_list_is_taken_by_its_signers_fingerprint_and_no_other_way(
    key: list[str], signing: tuple[str, ...], digest: str, tmp_path: Path
) -> None:
    world = World(tmp_path, key=tuple(key), signing=signing, digest=digest)
    country = world.country
    publisher, issuer = country.authority("publisher", "/C=YY/CN=Publisher"), country.authority("issuer")
    country.certificate("lister", by="publisher", kind="list", subject="/C=YY/CN=Lister")
    country.certificate("signer", by="issuer", kind="document")
    offered = country.master_list(publisher, issuer, by="lister", beside="publisher")

    refused = world.offer(list_ml=offered)
    assert refused.exit_code == 5
    assert "trust.signer-unknown" in refused.stderr
    assert not world.trust.exists()

    taken = world.offer("--accept", country.fingerprint("publisher"), "--country", "VN", list_ml=offered)
    assert taken.exit_code == 0
    assert country.fingerprint("publisher") in taken.stdout
    assert country.fingerprint("issuer") in taken.stdout
    assert world.held() == {fingerprint(issuer): "anchor"}
    assert world.card("signer") == Check("passed")


def test_a_master_list_of_the_size_of_a_real_one_is_taken_whole(tmp_path: Path) -> None:
    """Some 600 certificates in a megabyte; `cryptography` makes them, openssl signs the list."""
    world = World(tmp_path)
    publisher = world.country.authority("publisher")
    world.country.certificate("lister", by="publisher", kind="list")
    padding = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(1_300))
    key = ec.generate_private_key(ec.SECP256R1())
    listed = [certify(f"CSCA {number}", key=key, extensions=((padding, False),)).der for number in range(600)]
    offered = world.country.master_list(*listed, by="lister")
    assert len(offered) > 1_000_000
    assert world.offer(csca_cer=publisher, list_ml=offered).exit_code == 0
    assert len(world.held()) == 601
    assert TrustStore.from_directory(world.trust).count == 601


@pytest.mark.parametrize("position", range(0, 100, 7))
def test_a_changed_byte_anywhere_in_a_master_list_keeps_it_out(position: int, tmp_path: Path) -> None:
    world = World(tmp_path)
    country = world.country
    publisher, issuer = country.authority("publisher"), country.authority("issuer")
    country.certificate("lister", by="publisher", kind="list")
    genuine = country.master_list(publisher, issuer, by="lister")
    assert world.offer(csca_cer=publisher).exit_code == 0
    content = genuine.index(b"\x02\x01\x00\x31")
    changed = bytearray(genuine)
    changed[content + position * (len(publisher) + len(issuer)) // 100] ^= 0x01
    result = world.offer(list_ml=bytes(changed))
    assert result.exit_code in (2, 5), result.output
    assert world.held() == {fingerprint(publisher): "anchor"}


def test_a_document_signer_signs_no_master_list(tmp_path: Path) -> None:
    world = World(tmp_path)
    publisher = world.country.authority("publisher")
    world.country.certificate("signer", by="publisher", kind="document")
    offered = world.country.master_list(publisher, by="signer")
    result = world.offer(csca_cer=publisher, list_ml=offered)
    assert result.exit_code == 5
    assert "trust.signer-not-permitted" in result.stderr


def test_a_master_list_signer_signs_no_card(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.offer(csca_cer=world.country.authority("old")).exit_code == 0
    world.country.certificate("lister", by="old", kind="list")
    assert world.card("lister") == Check("failed", Reason.SIGNER_NOT_PERMITTED)


@pytest.mark.parametrize("key", [EC, RSA], ids=["brainpool", "RSA"])
def test_sha1_counts_everywhere_or_nowhere(key: list[str], tmp_path: Path) -> None:
    world = World(tmp_path, key=tuple(key), digest="sha1")
    root = world.country.authority("old")
    world.country.certificate("signer", by="old", kind="document")
    refused = world.offer(csca_cer=root)
    assert refused.exit_code == 5
    assert "trust.sha1-refused" in refused.stderr
    revoking = world.country.revocation_list("old")
    assert world.offer("--allow-sha1", csca_cer=root, a_crl=revoking).exit_code == 0
    assert world.card("signer", sha1=True) == Check("passed")
    assert world.card("signer") == Check("failed", Reason.ALGORITHM_REFUSED)
    checked = CliRunner().invoke(
        main, ["trust", "check", "--allow-sha1", "--json", "--trust", str(world.trust)]
    )
    assert "trust.sha1" in [finding["code"] for finding in json.loads(checked.stdout)["findings"]]
