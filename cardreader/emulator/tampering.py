"""Forges issued cards in ways that a reader must notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from asn1crypto import cms

from cardreader.emulator.der import tlv
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.issuer import ChipKeys, IssuedCard
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.samples import Citizen

Forgery = Literal["dg1", "sod", "clone"]


def tampered(card: IssuedCard, citizen: Citizen, forgery: Forgery) -> IssuedCard:
    """Return the card changed after it was signed; it still opens with the same keys."""
    if forgery == "clone":
        return replace(card, keys=ChipKeys.generate(card.habits))
    return replace(card, files={**card.files, **_FORGERS[forgery](card, citizen)})


def _another_person(_card: IssuedCard, citizen: Citizen) -> dict[int, bytes]:
    """Return a DG1 of another name and another last digit, with every check digit right."""
    number = citizen.id_number[:-1] + str((int(citizen.id_number[-1]) + 1) % 10)
    zone = machine_readable_zone(replace(citizen, id_number=number, full_name="KẺ MẠO DANH"))
    return {1: tlv(0x61, tlv(0x5F1F, zone.encode("ascii")))}


def _broken_signature(card: IssuedCard, _citizen: Citizen) -> dict[int, bytes]:
    """Return an EF.SOD with one bit of the signature turned; its structure is sound."""
    file = card.files[EF_SOD]
    signer = cms.ContentInfo.load(file[4:])["content"]["signer_infos"][0]
    signature: bytes = signer["signature"].native
    last = file.rindex(signature) + len(signature) - 1
    return {EF_SOD: file[:last] + bytes((file[last] ^ 1,)) + file[last + 1 :]}


_FORGERS: dict[Forgery, Callable[[IssuedCard, Citizen], dict[int, bytes]]] = {
    "dg1": _another_person,
    "sod": _broken_signature,
}
