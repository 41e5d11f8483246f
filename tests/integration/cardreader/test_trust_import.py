"""`tiepdon-card trust import`: which certificates and revocation lists are taken, and which are not."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.proof.trust import TrustStore
from cardreader.trust_list import adding
from tests.unit.cardreader.issuing import Holder
from tests.unit.cardreader.trust_desk import (
    FOREIGN,
    LINK,
    ROOT,
    SECOND,
    TRAINING,
    Desk,
    certify,
    colons,
    fingerprint,
    revocation_list,
)

WEAK = certify("Weak", curve=ec.SECP256K1())
SHORT = certify("Short", key=rsa.generate_private_key(65537, 1024))
WRONG = certify("X", by=certify("X"), authority=True)
HANDED_OVER = certify("To VN", by=FOREIGN, authority=True)
BROKEN = [b"", b"no certificate", ROOT.der[:-1], b"-----BEGIN CERTIFICATE-----"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_certificate_is_pinned_and_its_fingerprint_shown(desk: Desk) -> None:
    result = desk.run("import", desk.file("csca.cer", ROOT))
    assert result.exit_code == 0
    assert colons(ROOT) in result.stdout
    assert desk.held() == {fingerprint(ROOT): "anchor"}
    assert TrustStore.from_directory(desk.trust).count == 1


def test_pem_with_several_and_a_whole_directory_are_taken(desk: Desk) -> None:
    folder = desk.folder / "offered"
    folder.mkdir()
    pem = b"".join(one.certificate.public_bytes(Encoding.PEM) for one in (ROOT, LINK))
    (folder / "two.pem").write_bytes(pem)
    (folder / "one.der").write_bytes(SECOND.der)
    (folder / "readme.txt").write_text("not a certificate")
    desk.take(folder)
    assert desk.held() == {
        fingerprint(ROOT): "anchor",
        fingerprint(LINK): "link",
        fingerprint(SECOND): "anchor",
    }


def test_everything_that_comes_together_is_one_file_that_all_may_read(desk: Desk) -> None:
    before = os.umask(0o077)
    try:
        desk.pin(ROOT, SECOND, FOREIGN)
    finally:
        os.umask(before)
    (path,) = desk.trust.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_what_could_not_be_read_back_is_not_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MAX_TRUST_FILE_BYTES", 1_000)
    desk.refuses("trust.too-much", desk.file("a.cer", ROOT), desk.file("b.cer", SECOND))
    assert desk.content() == {}


def test_importing_again_changes_nothing(desk: Desk) -> None:
    desk.pin(ROOT, SECOND)
    before = desk.content()
    desk.pin(SECOND, ROOT)
    desk.pin(ROOT)
    assert desk.content() == before


def test_a_link_is_taken_when_it_leads_to_what_is_pinned(desk: Desk) -> None:
    desk.pin(ROOT)
    desk.pin(LINK)
    assert desk.held()[fingerprint(LINK)] == "link"


def test_another_country_is_left_out_when_one_is_named(desk: Desk) -> None:
    desk.pin(ROOT, FOREIGN, options=("--country", "vn"))
    assert desk.held() == {fingerprint(ROOT): "anchor"}


def test_a_training_authority_is_taken_when_asked_for(desk: Desk) -> None:
    desk.pin(TRAINING, options=("--training",))
    assert TrustStore.from_directory(desk.trust).count == 0
    assert TrustStore.from_directory(desk.trust, training=True).count == 1


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        pytest.param(certify("DS", by=ROOT), "trust.not-an-authority", id="a document signer"),
        pytest.param(LINK, "trust.link-astray", id="a link to nobody"),
        pytest.param(TRAINING, "trust.training", id="a training authority"),
        pytest.param(WEAK, "trust.key-refused", id="a key of no standard"),
        pytest.param(SHORT, "trust.key-refused", id="a short key"),
        pytest.param(WRONG, "trust.link-astray", id="a wrong own signature"),
        pytest.param(
            HANDED_OVER,
            "trust.link-astray",
            id="a link from another country",
        ),
    ],
)
def test_one_certificate_that_cannot_be_used_keeps_all_out(offered: Holder, code: str, desk: Desk) -> None:
    desk.pin(FOREIGN)
    said = desk.refuses(code, desk.file("good.cer", SECOND), desk.file("bad.cer", offered))
    assert "bad.cer" in said


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_is_no_certificate_keeps_all_out(content: bytes, desk: Desk) -> None:
    result = desk.run("import", desk.file("good.cer", ROOT), desk.file("bad.cer", content))
    assert result.exit_code == 2
    assert "trust.file-unreadable" in result.stderr
    assert "Tệp · file: bad.cer" in result.stderr
    assert desk.content() == {}


def test_an_empty_directory_is_not_taken_for_success(desk: Desk) -> None:
    (desk.folder / "empty").mkdir()
    assert desk.run("import", desk.folder / "empty").exit_code == 2


def test_a_folder_that_cannot_be_made_is_a_failure_in_words(desk: Desk) -> None:
    desk.trust = desk.file("a-file", ROOT) / "trust"
    result = desk.run("import", desk.file("csca.cer", ROOT))
    assert result.exit_code == 2
    assert "trust.unwritable" in result.stderr


def test_a_name_can_neither_smuggle_in_a_certificate_nor_steer_the_terminal(desk: Desk) -> None:
    block = SECOND.certificate.public_bytes(Encoding.PEM).decode("ascii")
    for name, unit in (("A", block), ("\x1b[2J\nVN  anchor  CN=Fake", None)):
        desk.pin(certify(name, unit=unit))
    assert list(desk.held().values()) == ["anchor", "anchor"]
    assert fingerprint(SECOND) not in desk.held()
    assert "\x1b" not in desk.run("list").stdout
    assert "\nVN  anchor  CN=Fake" not in desk.run("list").stdout


def test_a_list_is_taken_and_counts(desk: Desk) -> None:
    desk.pin(ROOT)
    content = revocation_list(ROOT, certify("DS", by=ROOT))
    desk.take(desk.file("a.crl", content))
    assert desk.held()[fingerprint(content)] == "crl"


def test_a_later_list_takes_an_earlier_ones_place_and_not_the_other_way_round(desk: Desk) -> None:
    desk.pin(ROOT)
    old, new = (revocation_list(ROOT, number=number) for number in (1, 2))
    desk.take(desk.file("old.crl", old))
    desk.take(desk.file("new.crl", new))
    assert set(desk.held()) == {fingerprint(ROOT), fingerprint(new)}
    desk.take(desk.file("old.crl", old))
    assert set(desk.held()) == {fingerprint(ROOT), fingerprint(new)}


def test_a_list_of_the_same_number_and_second_is_kept_beside_the_other(desk: Desk) -> None:
    desk.pin(ROOT)
    one, two = revocation_list(ROOT), revocation_list(ROOT, LINK)
    desk.take(desk.file("one.crl", one))
    desk.take(desk.file("two.crl", two))
    assert {fingerprint(one), fingerprint(two)} < set(desk.held())


def test_a_list_that_no_authority_here_signed_is_refused(desk: Desk) -> None:
    desk.pin(ROOT)
    desk.refuses("trust.revocation-list-unsigned", desk.file("a.crl", revocation_list(SECOND)))
