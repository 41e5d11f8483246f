"""The facility's key in a file and in a token: what opens it, and how each refusal is told."""

from pathlib import Path

import pytest

from bhyt.errors import SignersUnreadable
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_enveloped
from bhyt.national.signature_signers import judge
from clinics.errors import SecretOpen, SecretWrong, SigningError, SigningKeyMissing, SigningKeyUnusable
from clinics.settings import ClinicSettings
from clinics.signers import known_signers
from clinics.signing import signing_key
from tests.integration.clinics.signing_keys import (
    LIVING,
    NOW,
    OTHER,
    PASSWORD,
    needs_softhsm,
    p12,
    secret,
    settings,
)
from tests.integration.clinics.softhsm import MODULE, PIN
from tests.unit.bhyt.samples import CHECK_IN


def refused(of: ClinicSettings, answer: str = PASSWORD) -> SigningError:
    with pytest.raises(SigningError) as caught, signing_key(of, ask=lambda _name: answer):
        pass
    assert answer not in str(caught.value) or not answer
    return caught.value


def test_a_key_in_a_file_signs_with_the_password_that_a_person_types(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return PASSWORD

    with signing_key(settings(tmp_path, signing_p12=p12(tmp_path)), ask=ask) as key:
        assert key.sign(b"data") == LIVING.sign(b"data")
        assert key.certificate == LIVING.certificate
        assert PASSWORD not in repr(key)
    assert asked == ["key.p12"]


def test_a_key_in_a_file_signs_with_the_password_of_a_file(tmp_path: Path) -> None:
    of = settings(
        tmp_path, signing_p12=p12(tmp_path), signing_secret_file=secret(tmp_path, PASSWORD + "\r\n")
    )
    with signing_key(of, ask=pytest.fail) as key:
        assert key.certificate == LIVING.certificate


def test_a_wrong_password_an_open_file_and_no_key_are_told_apart(tmp_path: Path) -> None:
    file = p12(tmp_path)
    assert isinstance(refused(settings(tmp_path)), SigningKeyMissing)
    assert isinstance(refused(settings(tmp_path, signing_p12=file), "wrong"), SecretWrong)
    assert isinstance(refused(settings(tmp_path, signing_p12=tmp_path / "none.p12")), SigningKeyUnusable)
    for text, mode, error in (
        (PASSWORD, 0o644, SecretOpen),
        ("two\nlines", 0o600, SecretWrong),
        ("", 0o600, SecretWrong),
    ):
        of = settings(tmp_path, signing_p12=file, signing_secret_file=secret(tmp_path, text, mode))
        assert isinstance(refused(of), error)
    for junk in (b"", b"no key", b"\x30\x03\x02\x01\x03", file.read_bytes()[:100]):
        (tmp_path / "junk.p12").write_bytes(junk)
        assert isinstance(refused(settings(tmp_path, signing_p12=tmp_path / "junk.p12")), SigningKeyUnusable)
    both = settings(tmp_path, signing_p12=file, signing_module=MODULE)
    assert isinstance(refused(both), SigningKeyUnusable)


@needs_softhsm
def test_a_key_in_a_token_signs_as_the_same_key_in_a_file(hsm: None, tmp_path: Path) -> None:
    of = settings(tmp_path, signing_module=MODULE, signing_token="one")
    with signing_key(of, ask=lambda name: {"one": PIN}[name]) as key:
        assert key.sign(b"data") == LIVING.sign(b"data")
        assert key.certificate == LIVING.certificate
        assert PIN not in repr(key)


@needs_softhsm
def test_a_token_with_several_keys_signs_with_the_one_that_is_named(hsm: None, tmp_path: Path) -> None:
    of = settings(tmp_path, signing_module=MODULE, signing_token="two")
    assert isinstance(refused(of, PIN), SigningKeyUnusable)
    for label, expected in (("main", LIVING), ("other", OTHER)):
        with signing_key(of.model_copy(update={"signing_key": label}), ask=lambda _name: PIN) as key:
            assert key.certificate == expected.certificate
            assert key.sign(b"data") == expected.sign(b"data")


@needs_softhsm
@pytest.mark.parametrize(
    ("more", "pin", "error"),
    [
        ({"signing_token": "one"}, "000000", SecretWrong),
        ({"signing_token": "one"}, "", SecretWrong),
        ({"signing_token": "none"}, PIN, SigningKeyUnusable),
        ({}, PIN, SigningKeyUnusable),
        ({"signing_token": "empty"}, PIN, SigningKeyUnusable),
        ({"signing_token": "one", "signing_key": "none"}, PIN, SigningKeyUnusable),
        ({"signing_module": Path("/none.so")}, PIN, SigningKeyUnusable),
        ({"signing_module": Path(__file__)}, PIN, SigningKeyUnusable),
    ],
)
def test_a_token_that_does_not_open_says_why(
    hsm: None, tmp_path: Path, more: dict[str, object], pin: str, error: type[SigningError]
) -> None:
    assert isinstance(refused(settings(tmp_path, **{"signing_module": MODULE, **more}), pin), error)


def test_a_facility_knows_its_own_certificate_and_the_table_of_others(tmp_path: Path) -> None:
    of = settings(tmp_path, signing_p12=p12(tmp_path), signing_secret_file=secret(tmp_path))
    with signing_key(of, ask=pytest.fail) as key:
        found = verify_signature(sign_enveloped(CHECK_IN, key))
    assert judge(found, facility="33999", signers=known_signers(of), on=NOW.date()).status == "valid"
    assert judge(found, facility="01001", signers=known_signers(of), on=NOW.date()).status == "foreign"
    (tmp_path / "secret").unlink()
    assert judge(found, facility="33999", signers=known_signers(of), on=NOW.date()).status == "unknown-signer"
    with pytest.raises(SignersUnreadable):
        known_signers(of.model_copy(update={"signers_file": tmp_path / "none.csv"}))
