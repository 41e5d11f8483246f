"""The facility's signing key: a PKCS#12 file or a PKCS#11 token, both as `bhyt`'s SigningKey.

The password or PIN comes from a file or is asked for when it is needed; it is passed on and not kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto.pkcs12 import Pfx
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PKCS11Error

from bhyt.errors import SignatureBroken
from bhyt.national.signature_key_info import check_readable, is_authority, read_certificate
from bhyt.national.signature_making import SigningKey
from clinics.errors import SecretOpen, SecretWrong, SigningKeyMissing, SigningKeyUnusable
from clinics.private_files import open_to_others
from clinics.settings import ClinicSettings

MAX_KEY_BYTES = 1_000_000
"""The largest PKCS#12 file that is read."""

MAX_SECRET_BYTES = 1_000
"""The longest password or PIN, in bytes."""

MAX_TOKEN_OBJECTS = 100
"""How many certificates of a token are looked at."""

# DigestInfo of SHA-256 up to the hash (RFC 8017 §9.2 note 1): every token signs with plain RSA_PKCS.
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")

Ask = Callable[[str], str]
"""Asks a person for a secret; the argument names what it opens."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """A key out of a PKCS#12 file."""

    private: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    def sign(self, data: bytes) -> bytes:
        """Return the RSA signature of `data`: PKCS #1 v1.5 with SHA-256."""
        return self.private.sign(data, PKCS1v15(), SHA256())


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key that stays in its token; good while the token's session is open."""

    handle: Any = field(repr=False)
    certificate: x509.Certificate

    def sign(self, data: bytes) -> bytes:
        """Return the RSA signature of `data`: PKCS #1 v1.5 with SHA-256.

        Raises SigningKeyUnusable: the token was pulled out, or refuses.
        """
        try:
            hashed = _SHA256_PREFIX + sha256(data).digest()
            return bytes(self.handle.sign(hashed, mechanism=Mechanism.RSA_PKCS))
        except PKCS11Error as error:
            raise SigningKeyUnusable(f"the token does not sign ({type(error).__name__})") from error


def configured(settings: ClinicSettings) -> bool:
    """Tell whether this facility has named a signing key."""
    return settings.signing_p12 is not None or settings.signing_module is not None


@contextmanager
def signing_key(settings: ClinicSettings, *, ask: Ask) -> Iterator[SigningKey]:
    """Open the key that the settings name, and close its token afterwards.

    Raises SigningKeyMissing, SigningKeyUnusable, SecretWrong, SecretOpen: as they say.
    """
    if settings.signing_p12 is not None and settings.signing_module is not None:
        raise SigningKeyUnusable("signing_p12 and signing_module are both set")
    if settings.signing_p12 is not None:
        yield _file_key(settings.signing_p12, _secret(settings, settings.signing_p12.name, ask))
    elif settings.signing_module is not None:
        token = _token(settings)
        with _session(token, _secret(settings, token.label, ask)) as session:
            yield _token_key(session, settings.signing_key)
    else:
        raise SigningKeyMissing("neither signing_p12 nor signing_module is set")


def certificate_shown(settings: ClinicSettings) -> x509.Certificate | None:
    """Return the certificate that signs, None when it cannot be seen without asking a person.

    A token shows its certificates to everybody; a PKCS#12 file needs its password.
    Raises as signing_key.
    """
    if settings.signing_module is not None and settings.signing_p12 is None:
        with _session(_token(settings), None) as session:
            return _chosen(_certificates(session, settings.signing_key))[1]
    if settings.signing_secret_file is None:
        return None
    with signing_key(settings, ask=lambda _name: "") as key:
        return key.certificate


def _secret(settings: ClinicSettings, name: str, ask: Ask) -> str:
    path = settings.signing_secret_file
    if path is None:
        return ask(name)
    try:
        if open_to_others(path):
            raise SecretOpen(f"{path.name} is open to other users")
        with path.open("rb") as file:
            text = file.read(MAX_SECRET_BYTES + 1).decode().rstrip("\r\n")
    except OSError as fault:
        raise SigningKeyUnusable(f"{path.name} cannot be read") from fault
    except UnicodeDecodeError as fault:
        raise SecretWrong(f"{path.name} is not text") from fault
    if not text or not text.isprintable() or len(text) > MAX_SECRET_BYTES:
        raise SecretWrong(f"{path.name} is not one line")
    return text


def _file_key(path: Path, password: str) -> FileKey:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_BYTES)
        if Pfx.load(data)["version"].native != "v3":
            raise SigningKeyUnusable(f"{path.name} is not PKCS#12")
    except OSError as fault:
        raise SigningKeyUnusable(f"{path.name} cannot be read") from fault
    except ValueError as fault:
        raise SigningKeyUnusable(f"{path.name} is not PKCS#12") from fault
    try:
        private, certificate, _others = load_key_and_certificates(data, password.encode())
    except ValueError as fault:
        raise SecretWrong(f"{path.name} does not open with this password") from fault
    except UnsupportedAlgorithm as fault:
        raise SigningKeyUnusable(f"{path.name} is protected in an unknown way") from fault
    if not isinstance(private, RSAPrivateKey) or certificate is None:
        raise SigningKeyUnusable(f"{path.name} holds no RSA key with its certificate")
    try:
        return FileKey(private, check_readable(certificate))
    except SignatureBroken as error:
        raise SigningKeyUnusable(f"the certificate of {path.name} cannot be read") from error


def _token(settings: ClinicSettings) -> pkcs11.Token:
    try:
        tokens = list(pkcs11.lib(str(settings.signing_module)).get_tokens(token_label=settings.signing_token))
    except PKCS11Error as error:
        raise SigningKeyUnusable(f"the PKCS#11 library does not work ({type(error).__name__})") from error
    if len(tokens) != 1:
        raise SigningKeyUnusable(f"{len(tokens)} tokens fit; signing_token names one by its label")
    return tokens[0]


@contextmanager
def _session(token: pkcs11.Token, pin: str | None) -> Iterator[pkcs11.Session]:
    try:
        session = token.open(user_pin=pin) if pin is not None else token.open()
    except (PinIncorrect, PinInvalid, PinLenRange) as error:
        raise SecretWrong("the token does not open with this PIN") from error
    except PKCS11Error as error:
        raise SigningKeyUnusable(f"the token does not open ({type(error).__name__})") from error
    with session:
        yield session


def _certificates(session: pkcs11.Session, label: str | None) -> list[tuple[bytes, x509.Certificate]]:
    """Return the token's certificates but those of authorities, with the ids that tie them to their keys."""
    wanted: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.CERTIFICATE}
    found: list[tuple[bytes, x509.Certificate]] = []
    try:
        for _, one in zip(range(MAX_TOKEN_OBJECTS), session.get_objects(wanted), strict=False):
            certificate = read_certificate(one[Attribute.VALUE])
            if label in {None, one[Attribute.LABEL]} and not is_authority(certificate):
                found.append((one[Attribute.ID], certificate))
    except PKCS11Error as error:
        raise SigningKeyUnusable(f"the token cannot be read ({type(error).__name__})") from error
    except SignatureBroken as error:
        raise SigningKeyUnusable("a certificate on the token cannot be read") from error
    return found


def _token_key(session: pkcs11.Session, label: str | None) -> TokenKey:
    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.RSA}
    try:
        keys = {one[Attribute.ID]: one for one in session.get_objects(wanted)}
    except PKCS11Error as error:
        raise SigningKeyUnusable(f"the token cannot be read ({type(error).__name__})") from error
    pairs = [(name, one) for name, one in _certificates(session, label) if name in keys]
    name, certificate = _chosen(pairs)
    return TokenKey(keys[name], certificate)


def _chosen(found: list[tuple[bytes, x509.Certificate]]) -> tuple[bytes, x509.Certificate]:
    if len(found) != 1:
        raise SigningKeyUnusable(f"{len(found)} certificates fit; signing_key names one by its label")
    return found[0]
