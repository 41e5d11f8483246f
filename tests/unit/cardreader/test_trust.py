"""The directory of pinned certificates."""

import os
import string
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.errors import TrustUnreadable
from cardreader.proof.certificates import TRAINING_MARKER
from cardreader.proof.trust import TrustStore
from cardreader.proof.trust_folder import MAX_TRUST_FILE_BYTES
from tests.unit.cardreader.issuing import Holder, certify, revocation_list


def pem(*holders: Holder) -> bytes:
    return b"".join(holder.certificate.public_bytes(Encoding.PEM) for holder in holders)


def with_bits_left_over() -> bytes:
    """Return a certificate in PEM whose last letter says more than the byte that it ends."""
    while b"==" in (text := pem(certify("CSCA"))) or b"=" not in text:
        pass
    last = text.index(b"=") - 1
    return text[:last] + LETTERS[LETTERS.index(text[last]) + 1 :][:1] + text[last + 1 :]


LETTERS = string.ascii_uppercase.encode() + string.ascii_lowercase.encode() + b"0123456789+/"


def test_der_and_pem_files_of_every_usual_ending_are_read(tmp_path: Path) -> None:
    holders = [certify(f"CSCA {number}") for number in range(5)]
    (tmp_path / "a.cer").write_bytes(holders[0].der)
    (tmp_path / "b.DER").write_bytes(holders[1].der)
    (tmp_path / "c.crt").write_bytes(pem(holders[2]))
    (tmp_path / "d.pem").write_bytes(b"two of them:\n" + pem(holders[3], holders[4]))
    (tmp_path / "README.txt").write_text("not a certificate")
    assert TrustStore.from_directory(tmp_path).count == 5


def test_an_empty_directory_is_an_empty_list(tmp_path: Path) -> None:
    assert TrustStore.from_directory(tmp_path).count == 0


def test_a_training_authority_is_left_out_unless_training(tmp_path: Path) -> None:
    (tmp_path / "a.cer").write_bytes(certify("CSCA", unit=TRAINING_MARKER).der)
    assert TrustStore.from_directory(tmp_path).count == 0
    assert TrustStore.from_directory(tmp_path, training=True).count == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="another structure"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", id="broken base64"),
        pytest.param(with_bits_left_over(), id="bits left over"),
        pytest.param(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", id="another armor"),
        pytest.param(bytes(MAX_TRUST_FILE_BYTES + 1), id="too large"),
    ],
)
def test_a_file_that_is_no_certificate_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.cer").write_bytes(content)
    with pytest.raises(TrustUnreadable, match=r"broken\.cer"):
        TrustStore.from_directory(tmp_path)


def test_a_pipe_or_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cer")
    with pytest.raises(TrustUnreadable, match=r"pipe\.cer"):
        TrustStore.from_directory(tmp_path)
    (tmp_path / "pipe.cer").unlink()
    (tmp_path / "zeros.cer").symlink_to("/dev/zero")
    with pytest.raises(TrustUnreadable, match=r"zeros\.cer"):
        TrustStore.from_directory(tmp_path)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrustUnreadable):
        TrustStore.from_directory(tmp_path / "nowhere")


def test_a_revocation_list_that_nobody_in_the_directory_signed_is_refused_by_name(tmp_path: Path) -> None:
    authority = certify("CSCA")
    (tmp_path / "csca.cer").write_bytes(authority.der)
    (tmp_path / "csca.crl").write_bytes(revocation_list(authority))
    assert TrustStore.from_directory(tmp_path).count == 1
    (tmp_path / "namesake.crl").write_bytes(revocation_list(certify("CSCA")))
    with pytest.raises(TrustUnreadable, match=r"namesake\.crl"):
        TrustStore.from_directory(tmp_path)


def test_a_training_authoritys_list_does_not_stand_in_the_way_of_real_cards(tmp_path: Path) -> None:
    authority = certify("CSCA", unit=TRAINING_MARKER)
    (tmp_path / "csca.cer").write_bytes(authority.der)
    (tmp_path / "csca.crl").write_bytes(revocation_list(authority))
    assert TrustStore.from_directory(tmp_path).count == 0
