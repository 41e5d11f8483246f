"""Writes the elementary files of the emulated card, all but the signed one; ICAO Doc 9303-10 and -11.

DG13 is Vietnam's own; its layout follows the one publicly decoded card.
"""

from datetime import date

from cardreader.emulator.der import integer, object_identifier, printable, sequence, tlv, utf8
from cardreader.emulator.face import face
from cardreader.emulator.habits import Habits
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.samples import Citizen
from cardreader.emulator.security_infos import dg14

# Short file identifiers; a data group's is its number. The file identifier is 0x0100 + this.
EF_CARD_ACCESS = 0x1C
EF_SOD = 0x1D
EF_COM = 0x1E
# The one file whose short identifier another file of the application has too; here it is told apart.
EF_CARD_SECURITY = 0x3F1D

DATA_GROUP_TAGS = {1: 0x61, 2: 0x75, 13: 0x6D, 14: 0x6E, 15: 0x6F}


def data_groups(
    citizen: Citizen, habits: Habits, *, active_key: bytes | None, chip_key: bytes | None
) -> dict[int, bytes]:
    """Return each data group's file by its number.

    The two keys are SubjectPublicKeyInfo in DER: active authentication's goes
    to DG15, chip authentication's to DG14; None where the chip has no such key.
    """
    groups = {
        1: tlv(0x61, tlv(0x5F1F, machine_readable_zone(citizen).encode("ascii"))),
        2: face(citizen, habits),
    }
    if habits.has_chip_keys:
        if habits.has_dg14:
            groups[14] = dg14(habits, chip_key=chip_key)
        if active_key is not None:
            groups[15] = tlv(0x6F, active_key)
    if habits.has_dg13:
        groups[13] = national_data(citizen, parents_together=habits.parents_together)
    return dict(sorted(groups.items()))


def common_data(numbers: list[int]) -> bytes:
    """Return EF.COM: LDS version 1.8, Unicode 4.0.0 and the tags of the data groups present."""
    tags = bytes(DATA_GROUP_TAGS[number] for number in numbers)
    return tlv(0x60, tlv(0x5F01, b"0108"), tlv(0x5F36, b"040000"), tlv(0x5C, tags))


def national_data(citizen: Citizen, *, parents_together: bool = False) -> bytes:
    """Return DG13: numbered fields, those that the citizen does not have left empty or away."""
    parents = (utf8(citizen.father), utf8(citizen.mother))
    spouse = (sequence(utf8(citizen.spouse)),) if citizen.spouse else ()
    fields = [
        _field(1, printable(citizen.id_number)),
        _field(2, utf8(citizen.full_name)),
        _field(3, printable(_day(citizen.birth_date))),
        _field(4, utf8("Nam" if citizen.sex == "male" else "Nữ")),
        _field(5, utf8(citizen.nationality)),
        _field(6, utf8(citizen.ethnicity)),
        _field(7, utf8(citizen.religion)),
        _field(8, utf8(citizen.origin)),
        _field(9, utf8(citizen.residence)),
        _field(10, utf8(citizen.marks)),
        _field(11, printable(_day(citizen.issue_date))),
        _field(12, utf8(_day(citizen.expiry_date) if citizen.expiry_date else "Không thời hạn")),
        _field(13, *([sequence(*parents)] if parents_together else map(sequence, parents))),
        _field(14, *spouse),
        *([_field(15, printable(citizen.old_id))] if citizen.old_id else []),
        _field(16, printable(f"{int(citizen.id_number):016X}")),
    ]
    identifier = object_identifier("1.0.10646.1.0.8")
    return tlv(0x6D, sequence(integer(1), identifier, tlv(0x31, *fields)))


def _field(number: int, *values: bytes) -> bytes:
    return sequence(integer(number), *values)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
