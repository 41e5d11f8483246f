"""A training authority, a country signing CA with its document signer, and the cards that it issues.

The CA's subject carries the training marker as its organizational unit; a
gateway refuses such an anchor unless it was started for training.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import pem, x509

from cardreader.emulator.certificates import certificate
from cardreader.emulator.der import tlv
from cardreader.emulator.errors import AuthorityUnusable
from cardreader.emulator.faults import Faults
from cardreader.emulator.files import (
    EF_CARD_ACCESS,
    EF_CARD_SECURITY,
    EF_COM,
    EF_SOD,
    common_data,
    data_groups,
)
from cardreader.emulator.habits import Habits
from cardreader.emulator.keys import ActiveKey, AgreementKey, generate_active_key
from cardreader.emulator.mrz import access_information
from cardreader.emulator.samples import Citizen
from cardreader.emulator.security_infos import card_access, card_security
from cardreader.emulator.security_object import (
    LDS_SECURITY_OBJECT,
    SECURITY_INFOS,
    DocumentSigner,
    lds_security_object,
    signed,
)
from cardreader.emulator.signing import SigningChoice, SigningKey, generate_signing_key, load_signing_key

USUAL_NAME = "Tiep Don training"
_USUAL = SigningChoice()
_FAULTLESS = Faults()
_FILES = ("csca-key.pem", "csca.pem", "signer-key.pem", "signer.pem")


@dataclass(frozen=True, slots=True)
class ChipKeys:
    """What a chip keeps to itself: the keys of active, of chip authentication and of its mapping, if any."""

    active: ActiveKey | None = field(repr=False)
    chip: AgreementKey | None = field(repr=False)
    mapping: AgreementKey | None = field(repr=False)

    @classmethod
    def generate(cls, habits: Habits) -> "ChipKeys":
        """Return fresh keys for what the chip offers."""
        active = habits.active if habits.has_chip_keys else None
        chip = habits.chip if habits.has_chip_keys and habits.has_dg14 else None
        mapped = [offer.parameter_id for offer in habits.pace_offers if offer.mapping == "CAM"]
        return cls(
            generate_active_key(active) if active else None,
            AgreementKey.generate(chip.parameter_id, explicit=chip.explicit) if chip else None,
            AgreementKey.generate(mapped[0]) if mapped else None,
        )


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A personalized card: its files by short file identifier and what the chip keeps to itself."""

    files: Mapping[int, bytes] = field(repr=False)
    can: str = field(repr=False)
    access_information: str = field(repr=False)
    keys: ChipKeys = field(repr=False)
    habits: Habits
    faults: Faults = _FAULTLESS


@dataclass(frozen=True, slots=True)
class TrainingAuthority:
    """A country signing CA and its document signers, with their private keys; certificates in DER."""

    csca: bytes = field(repr=False)
    csca_key: SigningKey = field(repr=False)
    signer: DocumentSigner = field(repr=False)
    now: datetime
    _others: dict[SigningChoice, DocumentSigner] = field(default_factory=dict, repr=False)

    @classmethod
    def create(
        cls, *, now: datetime, name: str = USUAL_NAME, choice: SigningChoice = _USUAL
    ) -> "TrainingAuthority":
        """Return a new authority, valid from the day before `now` (aware) for ten years and more.

        `choice` is how its CA signs; its usual document signer signs with ECDSA.
        """
        key = generate_signing_key(choice)
        csca = certificate(f"{name} CSCA", key, issuer=None, now=now, years=15, signed_by=key)
        signer_key = generate_signing_key(_USUAL)
        signer = certificate(f"{name} signer", signer_key, issuer=csca, now=now, years=10, signed_by=key)
        return cls(csca, key, DocumentSigner(signer, signer_key), now)

    @classmethod
    def load(cls, directory: Path) -> "TrainingAuthority":
        """Return the authority that `save` wrote to the folder; its CA must be of the usual kind.

        Raises AuthorityUnusable: a file is missing, unreadable, encrypted or of another kind.
        """
        try:
            parts = [(directory / "authority" / name).read_bytes() for name in _FILES]
            csca_key, signer_key = (load_signing_key(part, _USUAL) for part in parts[0::2])
            csca, signer = (_certificate_from_pem(part) for part in parts[1::2])
            made = x509.Certificate.load(csca).not_valid_before + timedelta(days=1)
        except (OSError, ValueError) as error:
            raise AuthorityUnusable("the training authority's files cannot be read") from error
        return cls(csca, csca_key, DocumentSigner(signer, signer_key), made)

    @classmethod
    def open(cls, directory: Path, *, now: datetime) -> "TrainingAuthority":
        """Return the authority kept in the folder, made and saved now if the folder holds none.

        Raises AuthorityUnusable: it is damaged, its document signer is not valid at `now`, or
        the folder cannot be made, read or written to.
        """
        try:
            if not (directory / "authority").exists():
                authority = cls.create(now=now)
                authority.save(directory)
                return authority
        except OSError as error:
            raise AuthorityUnusable(f"{directory}: {error.strerror}") from error
        authority = cls.load(directory)
        signer = x509.Certificate.load(authority.signer.certificate)
        if not signer.not_valid_before <= now <= signer.not_valid_after:
            raise AuthorityUnusable("the training authority's document signer is not valid at this time")
        return authority

    def save(self, directory: Path) -> Path:
        """Write the keys to `directory/authority` (owner only); return `directory/trust` with the anchor."""
        private, trust = directory / "authority", directory / "trust"
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        trust.mkdir(exist_ok=True)
        contents = (
            self.csca_key.pem(),
            pem.armor("CERTIFICATE", self.csca),
            self.signer.key.pem(),
            pem.armor("CERTIFICATE", self.signer.certificate),
        )
        for name, content in zip(_FILES, contents, strict=True):
            _write_for_owner(private / name, content)
        (trust / "csca.cer").write_bytes(self.csca)
        return trust

    def signer_for(self, choice: SigningChoice) -> DocumentSigner:
        """Return this authority's document signer of that kind, made when first asked for."""
        if choice == _USUAL:
            return self.signer
        if choice not in self._others:
            key = generate_signing_key(choice)
            issued = certificate(
                f"{USUAL_NAME} signer",
                key,
                issuer=self.csca,
                now=self.now,
                years=10,
                signed_by=self.csca_key,
            )
            self._others[choice] = DocumentSigner(issued, key)
        return self._others[choice]

    def issue(
        self, citizen: Citizen, *, habits: Habits | None = None, keys: ChipKeys | None = None
    ) -> IssuedCard:
        """Return a new card for this citizen, its data groups signed, its own keys fresh unless given."""
        habits = habits or Habits()
        keys = keys or ChipKeys.generate(habits)
        groups = data_groups(
            citizen,
            habits,
            active_key=keys.active.public_key_info() if keys.active else None,
            chip_key=keys.chip.public_key_info() if keys.chip else None,
        )
        signer = self.signer_for(habits.signer)
        files = {
            **groups,
            EF_COM: common_data(list(groups)),
            EF_SOD: security_object(groups, signer=signer, habits=habits),
        }
        if habits.pace:
            files[EF_CARD_ACCESS] = card_access(habits)
        if keys.mapping is not None:
            infos = card_security(habits, keys.mapping)
            files[EF_CARD_SECURITY] = signed(infos, SECURITY_INFOS, signer=signer)
        return IssuedCard(files, citizen.can, access_information(citizen), keys, habits)


def security_object(groups: Mapping[int, bytes], *, signer: DocumentSigner, habits: Habits) -> bytes:
    """Return EF.SOD over these data groups."""
    listed = lds_security_object(
        {number: data for number, data in groups.items() if number not in habits.unlisted},
        digest=habits.group_digest or habits.signer.digest,
        with_version=habits.lds_version_in_sod,
    )
    return tlv(0x77, signed(listed, LDS_SECURITY_OBJECT, signer=signer, by_key_id=habits.signer_by_key_id))


def _certificate_from_pem(text: bytes) -> bytes:
    """Return the certificate in DER.

    Raises ValueError: there is none.
    """
    _, _, der = pem.unarmor(text)
    x509.Certificate.load(der, strict=True).native  # noqa: B018 -- parsed to its leaves, or it raises
    return bytes(der)


def _write_for_owner(path: Path, content: bytes) -> None:
    """Replace the file by one that only its owner could read at any moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
