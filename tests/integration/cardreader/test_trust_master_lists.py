"""`tiepdon-card trust import` with master lists: who must have signed them, and what of them is used."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof.certificates import TRAINING_MARKER
from tests.unit.cardreader.issuing import Holder, master_list
from tests.unit.cardreader.trust_desk import (
    FOREIGN,
    LATELY,
    LINK,
    LIST_SIGNER,
    NOWHERE,
    ROOT,
    SECOND,
    TRAINING,
    Desk,
    certify,
    colons,
    fingerprint,
    list_signer,
    revocation_list,
)

FORGER = Holder(certify("Forger").key, LIST_SIGNER.certificate)
MARKED = list_signer(ROOT, unit=TRAINING_MARKER)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_list_under_a_pinned_authority_is_taken(desk: Desk) -> None:
    desk.pin(ROOT)
    desk.take(desk.file("list.ml", master_list(LIST_SIGNER, ROOT, SECOND, FOREIGN, LINK)))
    assert desk.held() == {
        fingerprint(ROOT): "anchor",
        fingerprint(SECOND): "anchor",
        fingerprint(FOREIGN): "anchor",
        fingerprint(LINK): "link",
    }


def test_the_authority_may_be_given_beside_the_list(desk: Desk) -> None:
    desk.take(desk.file("list.ml", master_list(LIST_SIGNER, SECOND)), desk.file("csca.cer", ROOT))
    assert len(desk.held()) == 2


@pytest.mark.parametrize("written", ["plain", "colons"])
@pytest.mark.parametrize("place", ["in the list", "beside the signer"])
def test_the_first_list_is_taken_by_the_fingerprint_of_its_signers_authority(
    place: str, written: str, desk: Desk
) -> None:
    listed = [SECOND, ROOT] if place == "in the list" else [SECOND]
    offered = master_list(LIST_SIGNER, *listed, beside=(ROOT,))
    accept = fingerprint(ROOT) if written == "plain" else colons(ROOT)
    desk.take(desk.file("list.ml", offered), "--accept", accept)
    assert fingerprint(SECOND) in desk.held()
    assert (fingerprint(ROOT) in desk.held()) == (place == "in the list")


def test_an_accepted_foreign_signer_is_not_pinned_where_one_country_is_wanted(desk: Desk) -> None:
    offered = master_list(list_signer(FOREIGN, country="YY"), FOREIGN, ROOT, SECOND)
    desk.take(desk.file("list.ml", offered), "--accept", fingerprint(FOREIGN), "--country", "VN")
    assert desk.held() == {fingerprint(ROOT): "anchor", fingerprint(SECOND): "anchor"}


def test_what_cannot_be_used_is_left_out_and_said(desk: Desk) -> None:
    desk.pin(ROOT)
    weak = certify("Weak", curve=ec.SECP256K1())
    astray = certify("Astray", by=certify("Nobody"), authority=True)
    leaf = certify("DS", by=ROOT)
    result = desk.run(
        "import", desk.file("list.ml", master_list(LIST_SIGNER, SECOND, weak, astray, leaf, TRAINING))
    )
    assert result.exit_code == 0
    assert set(desk.held()) == {fingerprint(ROOT), fingerprint(SECOND)}
    for code in ("key-refused", "link-astray", "not-an-authority", "training"):
        assert f"[trust.{code}]" in result.stdout


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        pytest.param(list_signer(SECOND), "trust.signer-unknown", id="an authority that is not pinned"),
        pytest.param(list_signer(certify("CSCA")), "trust.signer-unknown", id="a borrowed name"),
        pytest.param(certify("DS", by=ROOT), "trust.signer-not-permitted", id="a document signer"),
        pytest.param(ROOT, "trust.signer-not-permitted", id="the authority itself"),
        pytest.param(
            list_signer(ROOT, valid=LATELY),
            "trust.signer-not-valid",
            id="an expired signer",
        ),
        pytest.param(
            MARKED,
            "trust.training",
            id="a signer with the training marker",
        ),
        pytest.param(
            FORGER,
            "trust.signature-invalid",
            id="a forger",
        ),
    ],
)
def test_a_list_without_a_trusted_signature_is_refused(signer: Holder, code: str, desk: Desk) -> None:
    desk.pin(ROOT)
    desk.refuses(code, desk.file("list.ml", master_list(signer, SECOND, FOREIGN)))


def test_a_list_whose_signer_was_revoked_is_refused(desk: Desk) -> None:
    desk.take(desk.file("a.cer", ROOT), desk.file("a.crl", revocation_list(ROOT, LIST_SIGNER)))
    desk.refuses("trust.signer-revoked", desk.file("list.ml", master_list(LIST_SIGNER, SECOND)))


def test_no_list_is_trusted_on_first_sight(desk: Desk) -> None:
    desk.refuses("trust.signer-unknown", desk.file("list.ml", master_list(LIST_SIGNER, ROOT, SECOND)))
    assert not desk.trust.exists()


def test_another_fingerprint_accepts_nothing(desk: Desk) -> None:
    offered = desk.file("list.ml", master_list(LIST_SIGNER, ROOT, SECOND))
    desk.refuses("trust.signer-unknown", offered, "--accept", fingerprint(SECOND))


@pytest.mark.parametrize("text", ["", "12", "g" * 64, "0" * 63, "0" * 40])
def test_what_is_no_sha256_fingerprint_is_a_usage_error(text: str, desk: Desk) -> None:
    offered = desk.file("list.ml", master_list(LIST_SIGNER, ROOT))
    assert desk.run("import", offered, "--accept", text).exit_code == 2


def test_a_changed_list_is_refused(desk: Desk) -> None:
    desk.pin(ROOT)
    name = b"Second CSCA"
    changed = master_list(LIST_SIGNER, SECOND).replace(name, name.upper())
    desk.refuses("trust.signature-invalid", desk.file("list.ml", changed))


def test_a_training_authority_cannot_bring_in_real_ones(desk: Desk) -> None:
    desk.pin(TRAINING, options=("--training",))
    offered = desk.file("list.ml", master_list(list_signer(TRAINING), TRAINING, SECOND))
    desk.refuses("trust.training-vouches", offered, "--training")
    desk.refuses("trust.training", offered)


def test_a_training_authority_may_list_its_own(desk: Desk) -> None:
    other = certify("Another training CSCA", unit=TRAINING_MARKER)
    desk.pin(TRAINING, options=("--training",))
    offered = desk.file("list.ml", master_list(list_signer(TRAINING), TRAINING, other))
    desk.take(offered, "--training")
    assert fingerprint(other) in desk.held()


@pytest.mark.parametrize("signer", [LIST_SIGNER, list_signer(FOREIGN, country="YY")], ids=["ours", "theirs"])
@pytest.mark.parametrize("options", [(), ("--country", "VN")], ids=["every country", "one country"])
def test_no_list_brings_in_a_root_that_does_not_state_one_country(
    options: tuple[str, ...], signer: Holder, desk: Desk
) -> None:
    desk.pin(ROOT, FOREIGN)
    several = certify("Two states' CSCA", country="VN YY")
    offered = desk.file("list.ml", master_list(signer, SECOND, NOWHERE, several))
    result = desk.run("import", offered, *options)
    assert result.exit_code == 0
    assert "Skipped: 2" in result.stdout
    assert "[trust.country-missing]" in result.stdout
    assert set(desk.held()) == {fingerprint(ROOT), fingerprint(FOREIGN), fingerprint(SECOND)}


@pytest.mark.parametrize("together", [True, False], ids=["with the list", "before the list"])
def test_a_root_without_a_country_that_a_person_gives_by_itself_is_pinned(together: bool, desk: Desk) -> None:
    desk.pin(ROOT, *([] if together else [NOWHERE]))
    offered = desk.file("list.ml", master_list(LIST_SIGNER, SECOND, NOWHERE))
    desk.take(offered, *([desk.file("nowhere.cer", NOWHERE)] if together else []))
    assert set(desk.held()) == {fingerprint(ROOT), fingerprint(NOWHERE), fingerprint(SECOND)}
