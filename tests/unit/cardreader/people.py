"""Invented holders as data groups; check digits come from a second, separate implementation."""

from cardreader.lds.tlv import write_tlv


def digit(text: str) -> str:
    values = [int(c, 36) if c != "<" else 0 for c in text]
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def zone(
    id_number: str = "033300000001",
    birth: str = "950412",
    sex: str = "F",
    expiry: str = "350412",
    name: str = "NGUYEN<<THI<MAU<THU",
    document: str | None = None,
) -> str:
    """Return the TD1 zone of a Vietnamese card as CARD.md describes it."""
    number = document or id_number[-9:]
    first = f"IDVNM{number}{digit(number)}{id_number}<<{digit(id_number + '<<')}"
    second = f"{birth}{digit(birth)}{sex}{expiry}{digit(expiry)}VNM{'<' * 11}"
    second += digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    return first + second + name.ljust(30, "<")


def dg1(text: str | None = None) -> bytes:
    return write_tlv(0x61, write_tlv(0x5F1F, (text or zone()).encode()))


def dg13(**fields: str) -> bytes:
    """Return DG13 from keywords n1, n2, ...; every value as UTF8String."""
    items = b"".join(
        write_tlv(0x30, write_tlv(0x02, bytes([int(name[1:])])) + write_tlv(0x0C, value.encode()))
        for name, value in fields.items()
    )
    head = write_tlv(0x02, b"\x01") + bytes.fromhex("0604280A8108")
    return write_tlv(0x6D, write_tlv(0x30, head + write_tlv(0x31, items)))


DG1 = dg1()
DG13 = dg13(n1="033300000001", n2="NGUYỄN THỊ MẪU THỬ", n3="12/04/1995", n9="Hưng Yên")
