"""A training authority, a country signing CA with its document signer, and the cards that it issues.

Certificates follow ICAO Doc 9303-12 §7. The CA's subject carries the training
marker as its organizational unit; a gateway refuses such an anchor unless it
was started for training.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from cardreader.emulator.errors import AuthorityUnusable
from cardreader.emulator.files import (
    EF_CARD_ACCESS,
    EF_COM,
    EF_SOD,
    common_data,
    data_groups,
)
from cardreader.emulator.habits import Habits
from cardreader.emulator.keys import ActiveKey, AgreementKey, generate_active_key
from cardreader.emulator.mrz import access_information
from cardreader.emulator.samples import Citizen
from cardreader.emulator.security_infos import card_access
from cardreader.emulator.security_object import lds_security_object, signed

# Readers and the gateway look for this organizational unit; see cardreader.proof.
TRAINING_MARKER = "TIEPDON TRAINING"

_CURVE = ec.BrainpoolP256R1()
_FILES = ("csca-key.pem", "csca.pem", "signer-key.pem", "signer.pem")


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A personalized card: its files by short file identifier and what the chip keeps to itself."""

    files: Mapping[int, bytes] = field(repr=False)
    can: str = field(repr=False)
    access_information: str = field(repr=False)
    active_key: ActiveKey | None = field(repr=False)
    chip_key: AgreementKey | None = field(repr=False)
    habits: Habits


@dataclass(frozen=True, slots=True)
class TrainingAuthority:
    """A country signing CA and one document signer, with their private keys."""

    csca_certificate: x509.Certificate
    csca_key: ec.EllipticCurvePrivateKey = field(repr=False)
    signer_certificate: x509.Certificate
    signer_key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def create(cls, *, now: datetime) -> "TrainingAuthority":
        """Return a new authority, valid from the day before `now` (aware) for ten years and more."""
        csca_key, signer_key = ec.generate_private_key(_CURVE), ec.generate_private_key(_CURVE)
        csca = _certificate(
            _name("Tiep Don training CSCA"), csca_key, issuer=None, now=now, years=15, signed_by=csca_key
        )
        signer = _certificate(
            _name("Tiep Don training signer"), signer_key, issuer=csca, now=now, years=10, signed_by=csca_key
        )
        return cls(csca, csca_key, signer, signer_key)

    @classmethod
    def load(cls, directory: Path) -> "TrainingAuthority":
        """Return the authority that `save` wrote to the folder.

        Raises AuthorityUnusable: a file is missing, unreadable, encrypted or of another kind.
        """
        try:
            parts = [(directory / "authority" / name).read_bytes() for name in _FILES]
            csca_key, signer_key = (load_pem_private_key(pem, password=None) for pem in parts[0::2])
            csca, signer = (x509.load_pem_x509_certificate(pem) for pem in parts[1::2])
        except (OSError, ValueError, TypeError) as error:
            raise AuthorityUnusable("the training authority's files cannot be read") from error
        if not isinstance(csca_key, ec.EllipticCurvePrivateKey) or not isinstance(
            signer_key, ec.EllipticCurvePrivateKey
        ):
            raise AuthorityUnusable("the training authority's keys are of another kind")
        return cls(csca, csca_key, signer, signer_key)

    @classmethod
    def open(cls, directory: Path, *, now: datetime) -> "TrainingAuthority":
        """Return the authority kept in the folder, made and saved now if the folder holds none.

        Raises AuthorityUnusable: it is damaged, or its document signer is not valid at `now`.
        """
        if not (directory / "authority").exists():
            authority = cls.create(now=now)
            authority.save(directory)
            return authority
        authority = cls.load(directory)
        signer = authority.signer_certificate
        if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
            raise AuthorityUnusable("the training authority's document signer is not valid at this time")
        return authority

    def save(self, directory: Path) -> Path:
        """Write the keys to `directory/authority` (owner only); return `directory/trust` with the anchor."""
        private, trust = directory / "authority", directory / "trust"
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        trust.mkdir(exist_ok=True)
        contents = (
            _pem(self.csca_key),
            self.csca_certificate.public_bytes(Encoding.PEM),
            _pem(self.signer_key),
            self.signer_certificate.public_bytes(Encoding.PEM),
        )
        for name, content in zip(_FILES, contents, strict=True):
            _write_for_owner(private / name, content)
        (trust / "csca.cer").write_bytes(self.csca)
        return trust

    @property
    def csca(self) -> bytes:
        """The trust anchor: the CA's certificate in DER."""
        return self.csca_certificate.public_bytes(Encoding.DER)

    def issue(self, citizen: Citizen, *, habits: Habits | None = None) -> IssuedCard:
        """Return a new card for this citizen, its own keys fresh and its data groups signed."""
        habits = habits or Habits()
        active_key, chip_key = own_keys(habits)
        groups = data_groups(
            citizen,
            habits,
            active_key=active_key.public_key_info() if active_key else None,
            chip_key=chip_key.public_key_info() if chip_key else None,
        )
        hashed = lds_security_object(groups, with_version=habits.lds_version_in_sod)
        files = {
            **groups,
            EF_COM: common_data(list(groups)),
            EF_SOD: signed(hashed, signer=self.signer_certificate, key=self.signer_key),
        }
        if habits.pace:
            files[EF_CARD_ACCESS] = card_access(habits)
        return IssuedCard(files, citizen.can, access_information(citizen), active_key, chip_key, habits)


def own_keys(habits: Habits) -> tuple[ActiveKey | None, AgreementKey | None]:
    """Return fresh keys for active and for chip authentication, None where the chip has no such proof."""
    if not habits.has_chip_keys:
        return None, None
    active, chip = habits.active, habits.chip
    return (
        generate_active_key(active) if active else None,
        AgreementKey.generate(chip.parameter_id, explicit=chip.explicit) if chip else None,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tiep Don"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TRAINING_MARKER),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Certificate | None,
    now: datetime,
    years: int,
    signed_by: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    """Return a certificate for `key`; without an issuer it is the self-signed CA's."""
    authority = issuer is None
    usage = x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(usage, critical=True)
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.sign(signed_by, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_for_owner(path: Path, content: bytes) -> None:
    """Replace the file by one that only its owner could read at any moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
