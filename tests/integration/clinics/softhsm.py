"""Tokens of SoftHSM (Debian's softhsm2), a PKCS#11 library in software, in a folder of their own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, CertificateType, ObjectClass

from tests.unit.bhyt.signers import Key

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "271828"


@contextmanager
def tokens(folder: Path, keys: dict[str, dict[str, Key]]) -> Iterator[None]:
    """Make a token for each name with these keys and their certificates, and unload the library afterwards.

    SoftHSM reads its settings when it is loaded, once.
    """
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        for token, held in keys.items():
            util("--init-token", "--free", "--label", token, "--pin", PIN, "--so-pin", "314159")
            for number, (label, key) in enumerate(held.items(), start=1):
                file = folder / "key.pem"
                file.write_bytes(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
                named = ("--token", token, "--label", label, "--id", f"{number:02X}", "--pin", PIN)
                util("--import", str(file), *named)
                file.unlink()
        for token, held in keys.items():
            for number, (label, key) in enumerate(held.items(), start=1):
                add_certificate(token, label, bytes([number]), key.certificate)
        yield
    pkcs11.unload(str(MODULE))


def add_certificate(token: str, label: str, identifier: bytes, certificate: x509.Certificate) -> None:
    attributes = {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.TOKEN: True,
        Attribute.LABEL: label,
        Attribute.ID: identifier,
        Attribute.SUBJECT: certificate.subject.public_bytes(),
        Attribute.VALUE: certificate.public_bytes(Encoding.DER),
    }
    with pkcs11.lib(str(MODULE)).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        session.create_object(attributes)


def util(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True, env=os.environ)
