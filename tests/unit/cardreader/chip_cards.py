"""A whole card that can prove itself: signed files with both keys, and what it answers when it is asked."""

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof.certificates import parse_certificate
from cardreader.proof.chip import ChipExamination
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.chip_side import (
    AES_128,
    ECDH,
    ECDH_KEY,
    AnsweringChip,
    dg14,
    dg15,
    key_info,
    plain,
    protocol_info,
    public_der,
)
from tests.unit.cardreader.issuing import Holder, certify, listing, security_object
from tests.unit.cardreader.people import DG1, DG13
from tests.unit.cardreader.vectors import CARD_ACCESS

NONCE = bytes.fromhex("F173589974BF40C6")
ID_NUMBER = "033300000001"
AUTHORITY = certify("Test CSCA")
SIGNER = certify("Test DS", by=AUTHORITY)
ACCESS = bytes.fromhex(CARD_ACCESS)  # 31 34 and its three entries, which DG14 repeats


@dataclass(frozen=True)
class ProvableCard:
    """DG1, DG13, DG15, and DG14 with a chip key and the entries of EF.CardAccess."""

    active_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    chip_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.BrainpoolP256R1())
    )

    @property
    def files(self) -> dict[int, bytes]:
        keys = dg14(ACCESS[2:], protocol_info(ECDH + AES_128), key_info(ECDH_KEY, public_der(self.chip_key)))
        return {1: DG1, 13: DG13, 14: keys, 15: dg15(public_der(self.active_key))}

    def evidence(self, *, listed: tuple[int, ...] = (1, 13, 14, 15), signer: Holder = SIGNER) -> Evidence:
        """Return the evidence without an answer; the groups are those that are listed."""
        files = {number: self.files[number] for number in listed}
        return Evidence(security_object(listing(files), signer), files, card_access=ACCESS)

    def sign(self, nonce: bytes = NONCE) -> bytes:
        return plain(self.active_key.sign(nonce, ec.ECDSA(hashes.SHA256())), 32)

    def examine(self) -> ChipExamination:
        return ChipExamination.begin(self.files[14], random_bytes=secrets.token_bytes)

    def answer(self, examination: ChipExamination) -> bytes:
        question = examination.question
        point = ec.EllipticCurvePublicKey.from_encoded_point(self.chip_key.curve, question.public_key)
        chip = AnsweringChip(self.chip_key.exchange(ec.ECDH(), point), AES_128, DG1)
        return chip.answer(question.command)


def trusting(*holders: Holder, training: bool = False) -> TrustStore:
    return TrustStore((parse_certificate(holder.der) for holder in holders), training=training)
