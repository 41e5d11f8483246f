"""Forges issued cards in ways that a reader must notice."""

from dataclasses import replace
from typing import Literal

from asn1crypto import cms

from cardreader.emulator.der import tlv
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.samples import Citizen

Forgery = Literal["dg1", "sod"]


def tampered(card: IssuedCard, citizen: Citizen, forgery: Forgery) -> IssuedCard:
    """Return the card changed after it was signed; it still opens with the same keys.

    `dg1`: DG1 names another person whose identity number differs in its last
    digit, with every check digit right. `sod`: one bit of the signature is wrong.
    """
    if forgery == "dg1":
        return replace(card, files={**card.files, 1: _other_person(citizen)})
    return replace(card, files={**card.files, EF_SOD: _broken_signature(card.files[EF_SOD])})


def _other_person(citizen: Citizen) -> bytes:
    number = citizen.id_number[:-1] + str((int(citizen.id_number[-1]) + 1) % 10)
    zone = machine_readable_zone(replace(citizen, id_number=number, full_name="KẺ MẠO DANH"))
    return tlv(0x61, tlv(0x5F1F, zone.encode("ascii")))


def _broken_signature(security_object: bytes) -> bytes:
    signature: bytes = cms.ContentInfo.load(security_object[4:])["content"]["signer_infos"][0][
        "signature"
    ].native
    start = security_object.rindex(signature)
    last = start + len(signature) - 1
    return security_object[:last] + bytes((security_object[last] ^ 1,)) + security_object[last + 1 :]
