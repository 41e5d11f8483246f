"""DG14 and DG15 taken apart, and which of their forms are refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.errors import CardError, MalformedData, OversizedData
from cardreader.lds.chip_keys import (
    ChipAuthentication,
    ChipPublicKey,
    parse_active_key,
    parse_chip_keys,
)
from cardreader.lds.security_infos import MAX_INFOS, raw_infos
from cardreader.lds.tlv import write_tlv
from tests.unit.cardreader.chip_cards import ACCESS
from tests.unit.cardreader.chip_side import (
    AES_128,
    AES_256,
    DH,
    DH_KEY,
    ECDH,
    ECDH_KEY,
    active_info,
    der_number,
    dg14,
    dg15,
    key_info,
    protocol_info,
    public_der,
)

KEY = public_der(ec.generate_private_key(ec.SECP256R1()))
ALGORITHM = "04007F00070101040103"
UNKNOWN = write_tlv(0x30, bytes.fromhex("06022A03") + b"\x04\x00")


def test_everything_is_returned_in_the_chips_order() -> None:
    infos = [
        protocol_info(ECDH + AES_256, 2),
        UNKNOWN,
        key_info(ECDH_KEY, KEY, 2),
        protocol_info(DH + AES_128),
        active_info(ALGORITHM),
        key_info(DH_KEY, KEY),
    ]
    found = parse_chip_keys(dg14(*infos))
    assert found.authentications == (
        ChipAuthentication(ECDH + AES_256, 1, 2),
        ChipAuthentication(DH + AES_128, 1, None),
    )
    assert [offer.kind for offer in found.authentications] == ["ecdh", "dh"]
    assert found.public_keys == (ChipPublicKey("ecdh", KEY, 2), ChipPublicKey("dh", KEY, None))
    assert found.active_info == bytes.fromhex(ALGORITHM)
    assert found.infos == frozenset(infos)


def test_the_entries_of_the_vietnamese_card_access_are_its_three() -> None:
    assert [info[:2].hex() for info in raw_infos(ACCESS)] == ["300d", "300f", "3012"]
    assert parse_chip_keys(dg14(*raw_infos(ACCESS))).authentications == (
        ChipAuthentication(ECDH + AES_128, 1, None),
    )


def test_one_entry_encoded_in_two_ways_is_two_entries() -> None:
    longer = b"\x30\x81" + UNKNOWN[1:]
    assert parse_chip_keys(dg14(UNKNOWN, longer)).infos == {UNKNOWN, longer}


def test_a_statement_made_twice_is_one() -> None:
    assert parse_chip_keys(dg14(active_info(ALGORITHM), active_info(ALGORITHM))).active_info is not None


def part(identifier: bytes, *rest: bytes) -> bytes:
    return write_tlv(0x30, write_tlv(0x06, identifier) + b"".join(rest))


ACTIVE = bytes.fromhex("678108010105")


@pytest.mark.parametrize(
    ("file", "error"),
    [
        pytest.param(b"", MalformedData, id="nothing"),
        pytest.param(b"\x6e\x00", MalformedData, id="empty"),
        pytest.param(dg14(UNKNOWN)[:-1], MalformedData, id="cut"),
        pytest.param(dg14(UNKNOWN) + b"\x00", MalformedData, id="bytes left over"),
        pytest.param(b"\x6f" + dg14(UNKNOWN)[1:], MalformedData, id="another tag"),
        pytest.param(dg14(b"\x04\x00"), MalformedData, id="an entry that is no sequence"),
        pytest.param(dg14(b"\x30\x00"), MalformedData, id="an empty entry"),
        pytest.param(dg14(write_tlv(0x30, der_number(1))), MalformedData, id="an entry without a protocol"),
        pytest.param(dg14(part(ECDH + AES_128)), MalformedData, id="a protocol without a version"),
        pytest.param(dg14(part(ECDH + AES_128, b"\x02\x00")), MalformedData, id="an empty version"),
        pytest.param(dg14(part(ECDH + AES_128, der_number(-1))), MalformedData, id="a negative version"),
        pytest.param(dg14(part(ECDH + AES_128, der_number(1 << 31))), MalformedData, id="a huge version"),
        pytest.param(
            dg14(part(ECDH + AES_128, *map(der_number, (1, 1, 1)))), MalformedData, id="a part too many"
        ),
        pytest.param(dg14(part(ECDH_KEY)), MalformedData, id="no key"),
        pytest.param(dg14(part(ECDH_KEY, b"\x04\x00")), MalformedData, id="a key that is none"),
        pytest.param(dg14(part(ECDH_KEY, KEY, b"\x04\x00")), MalformedData, id="a key number that is none"),
        pytest.param(dg14(part(ACTIVE, der_number(1))), MalformedData, id="no algorithm"),
        pytest.param(
            dg14(part(ACTIVE, der_number(2), b"\x06\x01\x2a")),
            MalformedData,
            id="another version",
        ),
        pytest.param(
            dg14(active_info(ALGORITHM), active_info("2A8648CE3D0401")), MalformedData, id="two algorithms"
        ),
        pytest.param(dg14(*[UNKNOWN] * (MAX_INFOS + 1)), OversizedData, id="51 entries"),
        pytest.param(dg14(write_tlv(0x30, bytes(33_000))), OversizedData, id="too many bytes"),
        pytest.param(
            dg14(write_tlv(0x30, bytes.fromhex("06022A03") + b"\x30\x00" * 10_000)),
            OversizedData,
            id="too many objects",
        ),
    ],
)
def test_a_dg14_of_another_form_or_beyond_the_limits_is_refused(file: bytes, error: type[CardError]) -> None:
    with pytest.raises(CardError) as caught:
        parse_chip_keys(file)
    assert type(caught.value) is error


def test_dg15_holds_one_key() -> None:
    assert parse_active_key(dg15(KEY)) == KEY


@pytest.mark.parametrize(
    ("file", "error"),
    [
        pytest.param(b"", MalformedData, id="nothing"),
        pytest.param(dg15(b""), MalformedData, id="empty"),
        pytest.param(dg15(KEY + KEY), MalformedData, id="two keys"),
        pytest.param(dg15(KEY) + b"\x00", MalformedData, id="bytes left over"),
        pytest.param(dg15(b"\x04\x00"), MalformedData, id="no sequence"),
        pytest.param(dg15(write_tlv(0x30, bytes(33_000))), OversizedData, id="too many bytes"),
    ],
)
def test_a_dg15_of_another_form_or_beyond_the_limits_is_refused(file: bytes, error: type[CardError]) -> None:
    with pytest.raises(CardError) as caught:
        parse_active_key(file)
    assert type(caught.value) is error
