"""The training authority and its signature, checked by OpenSSL's own command and by asn1crypto."""

import stat
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms, core, x509

from cardreader.emulator.errors import AuthorityUnusable
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import tampered
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.security_object import parse_security_object
from tests.unit.emulator.openssl import verified_by_openssl

CITIZEN = SAMPLES["mau-thu"]


def test_openssl_verifies_the_security_object_and_finds_every_groups_hash_in_it(
    authority: TrainingAuthority, tmp_path: Path
) -> None:
    card = authority.issue(CITIZEN)
    content = verified_by_openssl(card, authority, tmp_path)
    assert content is not None
    for number in (1, 2, 13, 14, 15):
        assert sha256(card.files[number]).digest() in content


def test_openssl_refuses_the_security_object_with_a_broken_signature(
    authority: TrainingAuthority, tmp_path: Path
) -> None:
    card = tampered(authority.issue(CITIZEN), CITIZEN, "sod")
    assert verified_by_openssl(card, authority, tmp_path) is None


def test_a_tampered_dg1_names_another_person_and_is_not_the_one_that_was_signed(
    authority: TrainingAuthority, tmp_path: Path
) -> None:
    card = tampered(authority.issue(CITIZEN), CITIZEN, "dg1")
    content = verified_by_openssl(card, authority, tmp_path)
    assert content is not None
    assert sha256(card.files[1]).digest() not in content
    read = parse_dg1(card.files[1])  # its check digits are right, or this would raise
    assert (read.surname, read.document_number) == ("KE", "300000002")
    assert card.can == CITIZEN.can


@pytest.mark.parametrize("version", [0, 1])
def test_the_signed_list_has_the_lds_version_that_was_asked_for(
    authority: TrainingAuthority, version: int
) -> None:
    card = authority.issue(CITIZEN, habits=Habits(lds_version_in_sod=version == 1))
    content = parse_security_object(card.files[EF_SOD]).signed.content
    assert core.Sequence.load(content, strict=True)[0].native == version


def test_the_signed_message_is_of_the_structure_that_doc_9303_10_asks_for(
    authority: TrainingAuthority,
) -> None:
    content = cms.ContentInfo.load(authority.issue(CITIZEN).files[EF_SOD][4:], strict=True)
    signed = content["content"]
    assert content["content_type"].native == "signed_data"
    assert signed["version"].native == "v3"
    assert signed["encap_content_info"]["content_type"].native == "2.23.136.1.1.1"
    assert signed["signer_infos"][0]["signature_algorithm"]["algorithm"].native == "sha256_ecdsa"
    assert len(signed["certificates"]) == 1


def test_the_anchor_carries_the_training_marker_as_organizational_unit(authority: TrainingAuthority) -> None:
    subject = x509.Certificate.load(authority.csca).subject.native
    assert subject["organizational_unit_name"] == "TIEPDON TRAINING"


def test_a_saved_authority_comes_back_and_its_keys_are_for_the_owner_only(
    authority: TrainingAuthority, tmp_path: Path
) -> None:
    trust = authority.save(tmp_path)
    assert [path.name for path in trust.iterdir()] == ["csca.cer"]
    for path in (tmp_path / "authority").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert TrainingAuthority.load(tmp_path).csca == authority.csca == (trust / "csca.cer").read_bytes()


@pytest.mark.parametrize("name", ["csca-key.pem", "csca.pem", "signer-key.pem", "signer.pem"])
@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_damaged_authority_is_refused(
    authority: TrainingAuthority, tmp_path: Path, name: str, damage: str
) -> None:
    authority.save(tmp_path)
    path = tmp_path / "authority" / name
    path.unlink() if damage == "missing" else path.write_text("garbage")
    with pytest.raises(AuthorityUnusable):
        TrainingAuthority.load(tmp_path)


def test_the_printed_form_of_a_card_and_an_authority_shows_no_key(authority: TrainingAuthority) -> None:
    card = authority.issue(CITIZEN)
    assert CITIZEN.can not in repr(card)
    assert "Key" not in repr(authority)
