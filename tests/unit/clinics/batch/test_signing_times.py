"""The same document is signed the same, whenever and by whichever process it is signed again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import SigningKey
from clinics.batch.signing_times import FILE, SigningTimes
from clinics.errors import SigningTimesUnusable
from clinics.private_files import open_to_others
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import SIGNED_AT, hospital

KEY, OTHER_KEY = hospital(), hospital(number=2)
LATER = SIGNED_AT + timedelta(days=3)


def _signed_at(document: bytes) -> object:
    found = verify_signature(document)
    assert found.status == "valid"
    return found.signed_at


def _again(folder: Path, document: bytes, key: SigningKey = KEY) -> bytes:
    with SigningTimes.open(folder) as times:
        return times.sign(document, key, now=LATER)


def test_a_document_that_is_signed_again_later_is_the_same_to_the_byte(tmp_path: Path) -> None:
    with SigningTimes.open(tmp_path) as times:
        first = times.sign(DEATH_NOTICE, KEY, now=SIGNED_AT)
    assert _signed_at(first) == SIGNED_AT
    assert _again(tmp_path, DEATH_NOTICE) == first


def test_another_document_and_another_key_have_times_of_their_own(tmp_path: Path) -> None:
    with SigningTimes.open(tmp_path) as times:
        times.sign(DEATH_NOTICE, KEY, now=SIGNED_AT)
    changed = DEATH_NOTICE.replace(b"</HSDLGBT>", b"\n</HSDLGBT>")
    assert _signed_at(_again(tmp_path, changed)) == LATER
    assert _signed_at(_again(tmp_path, DEATH_NOTICE, OTHER_KEY)) == LATER


def test_a_file_without_a_signing_time_is_signed_as_ever(tmp_path: Path) -> None:
    with SigningTimes.open(tmp_path) as times:
        assert _signed_at(times.sign(CHECK_IN, KEY, now=SIGNED_AT)) is None


@dataclass(frozen=True)
class _SlowKey:
    """A key at whose first signature something else happens: another process is quicker."""

    certificate: x509.Certificate
    meanwhile: Callable[[], object]

    def sign(self, data: bytes) -> bytes:
        self.meanwhile()
        return KEY.sign(data)


def test_of_two_processes_that_sign_at_once_both_hand_out_the_firsts_document(tmp_path: Path) -> None:
    quicker: list[bytes] = []

    def meanwhile() -> None:
        if not quicker:
            with SigningTimes.open(tmp_path) as other:
                quicker.append(other.sign(DEATH_NOTICE, KEY, now=SIGNED_AT))

    assert _again(tmp_path, DEATH_NOTICE, _SlowKey(KEY.certificate, meanwhile)) == quicker[0]


def test_what_is_kept_says_nothing_of_the_document_and_is_this_users_alone(tmp_path: Path) -> None:
    _again(tmp_path, DEATH_NOTICE)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))
    assert LATER.isoformat().encode() in kept
    assert len(kept) < 20_000
    assert b"GIAYBAOTU" not in kept
    assert not open_to_others(tmp_path / FILE)


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_times_that_cannot_be_read_stop_the_signing_and_are_not_overwritten(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(SigningTimesUnusable) as refused:
        _again(tmp_path, DEATH_NOTICE)
    assert refused.value.code == "signature.times-unusable"
    assert (tmp_path / FILE).read_bytes() == content
