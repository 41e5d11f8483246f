"""Forges issued cards in ways that a reader must notice.

A forgery changes what was issued, with what a forger has: the card's files, keys
of his own, but not the authority's and not the chip's. Each still opens with
the same number and zone.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from asn1crypto import cms

from cardreader.emulator.der import tlv
from cardreader.emulator.domains import BRAINPOOL_P256R1
from cardreader.emulator.face import face
from cardreader.emulator.faults import Faults
from cardreader.emulator.files import (
    DATA_GROUP_TAGS,
    EF_CARD_ACCESS,
    EF_CARD_SECURITY,
    EF_SOD,
    national_data,
)
from cardreader.emulator.issuer import USUAL_NAME, ChipKeys, IssuedCard, TrainingAuthority, security_object
from cardreader.emulator.keys import AgreementKey
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.samples import Citizen
from cardreader.emulator.security_infos import card_access, card_security, dg14
from cardreader.emulator.security_object import SECURITY_INFOS, signed
from cardreader.emulator.suites import CipherKind

Forgery = Literal[
    "dg1",
    "dg2",
    "dg13",
    "dg14",
    "dg15",
    "sod",
    "sod-hash",
    "sod-namesake",
    "sod-stranger",
    "card-access",
    "card-security",
    "clone",
    "aa-key",
    "aa-refused",
    "aa-empty",
    "aa-garbage",
    "aa-replayed",
    "ca-key",
    "ca-refused",
    "mac",
]

Forger = Callable[[IssuedCard, Citizen], IssuedCard]


@dataclass(frozen=True, slots=True)
class ForgeryKind:
    """How a card is forged, in both languages' words, what does it, and what it takes to be noticed."""

    vi: str
    en: str
    forge: Forger
    needs: str = ""


def tampered(card: IssuedCard, citizen: Citizen, forgery: Forgery) -> IssuedCard:
    """Return the card changed after it was signed; it still opens with the same keys."""
    return FORGERIES[forgery].forge(card, citizen)


def _with_files(card: IssuedCard, files: Mapping[int, bytes]) -> IssuedCard:
    return replace(card, files={**card.files, **files})


def _another_person(citizen: Citizen) -> Citizen:
    """Return a citizen of another name and another last digit, otherwise the same."""
    number = citizen.id_number[:-1] + str((int(citizen.id_number[-1]) + 1) % 10)
    return replace(citizen, id_number=number, full_name="KẺ MẠO DANH")


def _false_dg1(card: IssuedCard, citizen: Citizen) -> IssuedCard:
    """Every check digit of the false zone is right."""
    zone = machine_readable_zone(_another_person(citizen))
    return _with_files(card, {1: tlv(0x61, tlv(0x5F1F, zone.encode("ascii")))})


def _false_dg2(card: IssuedCard, citizen: Citizen) -> IssuedCard:
    return _with_files(card, {2: face(citizen, card.habits, variant=int(citizen.id_number[-4:]) + 1)})


def _false_dg13(card: IssuedCard, citizen: Citizen) -> IssuedCard:
    elsewhere = replace(citizen, residence="Thôn Giả, Xã Giả Mạo, Hưng Yên")
    return _with_files(card, {13: national_data(elsewhere, parents_together=card.habits.parents_together)})


def _false_dg14(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
    """The chip has the private key that belongs to the false DG14."""
    keys = replace(card.keys, chip=ChipKeys.generate(card.habits).chip)
    key = keys.chip.public_key_info() if keys.chip else None
    return replace(_with_files(card, {14: dg14(card.habits, chip_key=key)}), keys=keys)


def _false_dg15(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
    """The chip has the private key that belongs to the false DG15."""
    keys = replace(card.keys, active=ChipKeys.generate(card.habits).active)
    key = keys.active.public_key_info() if keys.active else b""
    return replace(_with_files(card, {15: tlv(0x6F, key)}), keys=keys)


def _broken_signature(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
    """One bit of the signature is turned; the structure is sound."""
    file = card.files[EF_SOD]
    signer = cms.ContentInfo.load(file[4:])["content"]["signer_infos"][0]
    signature: bytes = signer["signature"].native
    last = file.rindex(signature) + len(signature) - 1
    return _with_files(card, {EF_SOD: file[:last] + bytes((file[last] ^ 1,)) + file[last + 1 :]})


def _listed_hash(card: IssuedCard, citizen: Citizen) -> IssuedCard:
    """DG1 is false, and its hash in the list was changed with it; the signature is the old one."""
    forged = _false_dg1(card, citizen)
    digest = card.habits.group_digest or card.habits.signer.digest
    before, after = (hashlib.new(digest, issued.files[1]).digest() for issued in (card, forged))
    return _with_files(forged, {EF_SOD: card.files[EF_SOD].replace(before, after)})


def _signed_by(authority_name: str) -> Forger:
    """Return a forger who changes DG1 and signs the card anew with an authority of his own."""

    def forge(card: IssuedCard, citizen: Citizen) -> IssuedCard:
        forged = _false_dg1(card, citizen)
        groups = {number: file for number, file in forged.files.items() if number in DATA_GROUP_TAGS}
        signer = _own_authority(card, authority_name).signer_for(card.habits.signer)
        return _with_files(forged, {EF_SOD: security_object(groups, signer=signer, habits=card.habits)})

    return forge


def _false_card_security(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
    """EF.CardSecurity names a key that the chip has, under the signature of the forger's own authority."""
    key = AgreementKey.generate(card.keys.mapping.parameter_id if card.keys.mapping else BRAINPOOL_P256R1)
    signer = _own_authority(card, USUAL_NAME).signer_for(card.habits.signer)
    file = signed(card_security(card.habits, key), SECURITY_INFOS, signer=signer)
    return replace(_with_files(card, {EF_CARD_SECURITY: file}), keys=replace(card.keys, mapping=key))


def _own_authority(card: IssuedCard, name: str) -> TrainingAuthority:
    """Return an authority of the forger's own, valid when the card's signer is."""
    message = cms.ContentInfo.load(card.files[EF_SOD][4:])["content"]
    valid_from = message["certificates"][0].chosen.not_valid_before
    return TrainingAuthority.create(now=valid_from + timedelta(days=1), name=name)


def _downgraded(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
    """EF.CardAccess offers triple DES alone, and the chip takes it; DG14 tells what was issued."""
    weaker = replace(card.habits, pace_offers=(PaceOffer(cipher=CipherKind.TRIPLE_DES),))
    return replace(_with_files(card, {EF_CARD_ACCESS: card_access(weaker)}), habits=weaker)


def _other_keys(*names: Literal["active", "chip", "mapping"]) -> Forger:
    """Return a forger who has the data of the card but not these keys."""

    def forge(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
        fresh = ChipKeys.generate(card.habits)
        return replace(card, keys=replace(card.keys, **{name: getattr(fresh, name) for name in names}))

    return forge


def _faulty(faults: Faults) -> Forger:
    def forge(card: IssuedCard, _citizen: Citizen) -> IssuedCard:
        return replace(card, faults=faults)

    return forge


FORGERIES: dict[Forgery, ForgeryKind] = {
    "dg1": ForgeryKind("DG1 bị sửa sau khi ký", "DG1 changed after signing", _false_dg1),
    "dg2": ForgeryKind("ảnh chân dung bị thay", "the face image replaced", _false_dg2, "seen by read --face"),
    "dg13": ForgeryKind("DG13 bị sửa sau khi ký", "DG13 changed after signing", _false_dg13),
    "dg14": ForgeryKind("DG14 mang khóa của kẻ giả mạo", "DG14 holds the forger's own key", _false_dg14),
    "dg15": ForgeryKind("DG15 mang khóa của kẻ giả mạo", "DG15 holds the forger's own key", _false_dg15),
    "sod": ForgeryKind("chữ ký bị hỏng", "broken signature", _broken_signature),
    "sod-hash": ForgeryKind(
        "DG1 và giá trị băm của nó bị sửa",
        "DG1 and its listed hash changed",
        _listed_hash,
    ),
    "sod-namesake": ForgeryKind(
        "ký lại bởi cơ quan giả trùng tên",
        "signed again by an authority of the same name",
        _signed_by(USUAL_NAME),
    ),
    "sod-stranger": ForgeryKind(
        "ký lại bởi cơ quan lạ",
        "signed again by an unknown authority",
        _signed_by("Somebody"),
    ),
    "card-access": ForgeryKind(
        "EF.CardAccess bị hạ cấp xuống 3DES",
        "EF.CardAccess downgraded to triple DES",
        _downgraded,
    ),
    "card-security": ForgeryKind(
        "EF.CardSecurity do cơ quan giả ký",
        "EF.CardSecurity signed by a false authority",
        _false_card_security,
        "with a habit pace-cam-*",
    ),
    "clone": ForgeryKind(
        "chip sao chép: đúng dữ liệu, không có khóa",
        "cloned chip: right data, no keys",
        _other_keys("active", "chip", "mapping"),
    ),
    "aa-key": ForgeryKind(
        "chip ký bằng khóa khác",
        "active authentication with another key",
        _other_keys("active"),
        "not with no-dg15, no-chip-keys, ca-alone",
    ),
    "aa-refused": ForgeryKind(
        "chip từ chối ký",
        "active authentication refused",
        _faulty(Faults(active="refused")),
    ),
    "aa-empty": ForgeryKind(
        "chip trả về chữ ký rỗng",
        "active authentication answered with nothing",
        _faulty(Faults(active="empty")),
    ),
    "aa-garbage": ForgeryKind(
        "chip trả về chữ ký vô nghĩa",
        "active authentication answered at random",
        _faulty(Faults(active="garbage")),
    ),
    "aa-replayed": ForgeryKind(
        "chip phát lại chữ ký cũ",
        "a signature over another nonce replayed",
        _faulty(Faults(active="replayed")),
    ),
    "ca-key": ForgeryKind(
        "chip thỏa thuận bằng khóa khác",
        "chip authentication with another key",
        _other_keys("chip"),
        "not with no-dg14, no-chip-keys, no-chip-authentication",
    ),
    "ca-refused": ForgeryKind(
        "chip từ chối xác thực",
        "chip authentication refused",
        _faulty(Faults(chip_refused=True)),
    ),
    "mac": ForgeryKind(
        "mã xác thực của câu trả lời bị sai",
        "wrong MAC on protected answers",
        _faulty(Faults(sound_answers=2)),
    ),
}
