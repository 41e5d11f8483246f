"""A facility's signing key in a file and in a token, and the facility's folder and programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from clinics.cli import main
from clinics.settings import ClinicSettings
from tests.integration.clinics import softhsm
from tests.integration.clinics.softhsm import MODULE
from tests.unit.bhyt.samples import CHECK_IN
from tests.unit.bhyt.signers import SIGNED_AT, Key, authority, hospital, subject

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


needs_softhsm = pytest.mark.skipif(not MODULE.exists(), reason="needs Debian's softhsm2 (make test)")
OTHER = hospital(number=2, owner=subject(CN="Phòng khám khác"))


@contextmanager
def facility_tokens(folder: Path) -> Iterator[None]:
    """Have tokens with one key, with two and with none; the first also holds its authority's certificate."""
    keys = {"one": {"main": LIVING}, "two": {"main": LIVING, "other": OTHER}, "empty": {}}
    with softhsm.tokens(folder, keys):
        softhsm.add_certificate("one", "main", b"\x09", authority().certificate)
        yield
