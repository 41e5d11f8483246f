"""The facility's key in a file and in a token, `tiepdon-clinic sign`, and what `doctor` says of it."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from bhyt.errors import SignersUnreadable
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_enveloped
from bhyt.national.signature_signers import judge
from clinics.cli import main
from clinics.errors import SecretOpen, SecretWrong, SigningError, SigningKeyMissing, SigningKeyUnusable
from clinics.settings import ClinicSettings
from clinics.signers import known_signers
from clinics.signing import signing_key
from tests.integration.clinics import softhsm
from tests.integration.clinics.softhsm import MODULE, PIN
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import HOSPITAL, SIGNED_AT, Key, authority, hospital, subject

PASSWORD = "mật khẩu thử"
NOW = datetime.now(UTC)
ROUND_NOW = (NOW - SIGNED_AT).days
LIVING = hospital(days=(ROUND_NOW - 100, ROUND_NOW + 100))


def p12(folder: Path, key: Key = LIVING, password: str | None = PASSWORD) -> Path:
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path = folder / "key.p12"
    path.write_bytes(serialize_key_and_certificates(b"key", key.private, key.certificate, None, protection))
    return path


def secret(folder: Path, text: str = PASSWORD, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def settings(folder: Path, **more: object) -> ClinicSettings:
    return ClinicSettings.model_validate({"data_dir": folder, "facility": "33999", **more})


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


needs_softhsm = pytest.mark.skipif(not MODULE.exists(), reason="needs Debian's softhsm2 (make test)")
OTHER = hospital(number=2, owner=subject(CN="Phòng khám khác"))


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    keys = {"one": {"main": LIVING}, "two": {"main": LIVING, "other": OTHER}, "empty": {}}
    with softhsm.tokens(tmp_path_factory.mktemp("softhsm"), keys):
        softhsm.add_certificate("one", "main", b"\x09", authority().certificate)
        yield


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


class Clinic:
    """A facility's folder and its `tiepdon-clinic`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch
        (folder / "unsigned.xml").write_bytes(CHECK_IN)
        self.set(DATA_DIR=folder / "data", FACILITY="33999")

    def set(self, **values: object) -> None:
        for name, value in values.items():
            self.patch.setenv(f"TIEPDON_CLINIC_{name}", str(value))

    def run(self, *arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=answer)

    def sign(self, out: str = "signed.xml", answer: str | None = PASSWORD + "\n") -> Result:
        return self.run(
            "sign", str(self.folder / "unsigned.xml"), "--out", str(self.folder / out), answer=answer
        )


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    made = Clinic(tmp_path, monkeypatch)
    made.set(SIGNING_P12=p12(tmp_path))
    return made


def test_the_command_signs_a_file_into_another_and_names_the_signer(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = clinic.sign()
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{clinic.folder / 'signed.xml'}\n"
    assert HOSPITAL in done.stderr
    assert PASSWORD not in done.output + caplog.text
    signed = clinic.folder / "signed.xml"
    assert verify_signature(signed.read_bytes()).status == "valid"
    assert signed.stat().st_mode & 0o077 == 0
    assert (clinic.folder / "unsigned.xml").read_bytes() == CHECK_IN


def test_the_command_never_overwrites(clinic: Clinic) -> None:
    (clinic.folder / "signed.xml").write_text("kept")
    done = clinic.sign()
    assert (done.exit_code, "[signature.output-exists]" in done.stderr) == (2, True)
    assert (clinic.folder / "signed.xml").read_text() == "kept"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<A/>", "file.unknown-root"),
        (b"", "file.not-xml"),
        (
            CHECK_IN.replace(
                b"<CHUKYDONVI/>", b'<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/>'
            ),
            "signature.already-signed",
        ),
    ],
)
def test_the_command_refuses_what_it_cannot_sign(clinic: Clinic, content: bytes, code: str) -> None:
    (clinic.folder / "unsigned.xml").write_bytes(content)
    done = clinic.sign()
    assert (done.exit_code, f"[{code}]" in done.stderr) == (5, True)
    assert not (clinic.folder / "signed.xml").exists()


@pytest.mark.parametrize(
    ("out", "answer", "code"),
    [
        ("signed.xml", "wrong\n", "signature.secret-wrong"),
        ("signed.xml", "", "desk.nothing-entered"),
        ("none/signed.xml", PASSWORD + "\n", "signature.output-unwritable"),
    ],
)
def test_the_command_says_what_is_wrong_with_the_secret_or_the_place(
    clinic: Clinic, out: str, answer: str, code: str
) -> None:
    done = clinic.sign(out, answer)
    assert (done.exit_code, f"[{code}]" in done.stderr) == (2, True)
    assert not (clinic.folder / "signed.xml").exists()


@needs_softhsm
def test_the_command_signs_a_document_with_a_token(
    hsm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Clinic(tmp_path, monkeypatch)
    (tmp_path / "unsigned.xml").write_bytes(DEATH_NOTICE)
    clinic.set(SIGNING_MODULE=MODULE, SIGNING_TOKEN="one", SIGNING_SECRET_FILE=secret(tmp_path, PIN))
    done = clinic.sign(answer="")
    assert done.exit_code == 0, done.output
    found = verify_signature((tmp_path / "signed.xml").read_bytes())
    assert (found.status, found.profile) == ("valid", "document")


def doctors_word(clinic: Clinic) -> dict[str, object]:
    lines = clinic.run("doctor", "--json").stdout.splitlines()
    return next((one for one in map(json.loads, lines) if one["part"] == "signing"), {})


@pytest.mark.parametrize(
    ("days", "level", "code"),
    [
        ((-100, 100), "ok", None),
        ((-100, 20), "warn", "signature.certificate-ending"),
        ((-100, -1), "fail", "signature.certificate-ended"),
        ((10, 100), "fail", "signature.certificate-ended"),
    ],
)
def test_the_doctor_says_which_certificate_signs_and_when_it_ends(
    clinic: Clinic, days: tuple[int, int], level: str, code: str | None
) -> None:
    key = hospital(days=(ROUND_NOW + days[0], ROUND_NOW + days[1]))
    clinic.set(SIGNING_P12=p12(clinic.folder, key), SIGNING_SECRET_FILE=secret(clinic.folder))
    word = doctors_word(clinic)
    assert (word["level"], word["code"]) == (level, code)
    assert word["detail"] == f"{HOSPITAL}, until {key.certificate.not_valid_after_utc:%Y-%m-%d}"


def test_the_doctor_asks_for_no_secret_and_says_nothing_where_no_key_is_named(clinic: Clinic) -> None:
    assert doctors_word(clinic)["level"] == "ok"
    clinic.patch.delenv("TIEPDON_CLINIC_SIGNING_P12")
    assert doctors_word(clinic) == {}


def test_the_doctor_fails_where_the_key_cannot_sign(clinic: Clinic) -> None:
    clinic.set(SIGNING_SECRET_FILE=secret(clinic.folder, "wrong"))
    assert doctors_word(clinic)["code"] == "signature.secret-wrong"
    weak = p12(clinic.folder, hospital(number=3, bits=1024))
    clinic.set(SIGNING_P12=weak, SIGNING_SECRET_FILE=secret(clinic.folder))
    assert doctors_word(clinic)["code"] == "signature.key-unusable"


@needs_softhsm
def test_a_token_shows_its_certificate_without_its_pin(
    hsm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Clinic(tmp_path, monkeypatch)
    clinic.set(SIGNING_MODULE=MODULE, SIGNING_TOKEN="one")
    word = doctors_word(clinic)
    assert (word["level"], HOSPITAL in str(word["detail"])) == ("ok", True)


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
