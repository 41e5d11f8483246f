"""Chip authentication: the chip's side is written apart, with `cryptography` alone (chip_side.py)."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from cardreader.errors import ChipKeyRefused, MalformedData
from cardreader.lds.tlv import write_tlv
from cardreader.proof.chip import ChipExamination
from cardreader.proof.reasons import Check, Reason
from cardreader.session.fields import FIELDS
from tests.unit.cardreader.chip_side import (
    AES_128,
    AES_192,
    AES_256,
    DH,
    DH_KEY,
    ECDH,
    ECDH_KEY,
    TRIPLE_DES,
    AnsweringChip,
    der_number,
    dg14,
    group_key,
    key_info,
    protocol_info,
    public_der,
    spoiled,
)
from tests.unit.cardreader.people import DG1

PASSED, WRONG = Check("passed"), Check("failed", Reason.CHIP_ANSWER_WRONG)
CIPHERS = {"3DES": TRIPLE_DES, "AES-128": AES_128, "AES-192": AES_192, "AES-256": AES_256}
CURVES = [
    ec.SECP192R1(),
    ec.SECP224R1(),
    ec.SECP256R1(),
    ec.SECP384R1(),
    ec.SECP521R1(),
    ec.BrainpoolP256R1(),
    ec.BrainpoolP384R1(),
    ec.BrainpoolP512R1(),
]
KEY = ec.generate_private_key(ec.BrainpoolP256R1())
OTHER = ec.generate_private_key(ec.BrainpoolP256R1())
FILE = dg14(protocol_info(ECDH + AES_128), key_info(ECDH_KEY, public_der(KEY)))
P, G, Q = FIELDS[0].prime, FIELDS[0].generator, FIELDS[0].order  # RFC 5114 §2.1: 1024 bits, 160 of order
EXPONENT = 1 + secrets.randbelow(Q - 1)
VALUE = pow(G, EXPONENT, P)


def begin(file: bytes) -> ChipExamination:
    return ChipExamination.begin(file, random_bytes=secrets.token_bytes)


def on_curve(
    examination: ChipExamination, *, key: ec.EllipticCurvePrivateKey = KEY, dg1: bytes = DG1
) -> AnsweringChip:
    """Return the chip with this key after it was asked."""
    question = examination.question
    point = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, question.public_key)
    return AnsweringChip(key.exchange(ec.ECDH(), point), question.protocol[-1:], dg1)


def in_field(examination: ChipExamination) -> AnsweringChip:
    question = examination.question
    shared = pow(int.from_bytes(question.public_key, "big"), EXPONENT, P).to_bytes(128, "big")
    return AnsweringChip(shared, question.protocol[-1:], DG1)


def element_der(form: str) -> bytes:
    """Return the Diffie-Hellman key as X9.42, as PKCS #3, or with its group's number of TR-03110."""
    if form == "X9.42":
        return group_key(P, G, Q, VALUE)
    value = write_tlv(0x03, b"\x00" + der_number(VALUE))
    if form == "numbered":
        return write_tlv(0x30, write_tlv(0x30, bytes.fromhex("060704007F00070102") + der_number(0)) + value)
    domain = write_tlv(0x30, der_number(P) + der_number(G))
    return write_tlv(0x30, write_tlv(0x30, bytes.fromhex("06092A864886F70D010301") + domain) + value)


def judge(examination: ChipExamination, answer: bytes) -> Check:
    return examination.verify(answer, dg1=DG1, dg14=FILE)


@pytest.mark.parametrize(
    ("curve", "cipher"),
    [
        *(pytest.param(curve, AES_128, id=curve.name) for curve in CURVES),
        *(pytest.param(KEY.curve, cipher, id=name) for name, cipher in CIPHERS.items()),
    ],
)
def test_the_chip_with_the_key_passes_on_every_curve(curve: ec.EllipticCurve, cipher: bytes) -> None:
    key = ec.generate_private_key(curve)
    file = dg14(protocol_info(ECDH + cipher), key_info(ECDH_KEY, public_der(key)))
    examination = begin(file)
    answer = on_curve(examination, key=key).answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=file) == PASSED


@pytest.mark.parametrize(
    ("form", "cipher"),
    [
        *(pytest.param(form, AES_128, id=form) for form in ("X9.42", "PKCS 3", "numbered")),
        *(pytest.param("X9.42", cipher, id=name) for name, cipher in CIPHERS.items()),
    ],
)
def test_the_chip_with_the_key_passes_in_a_prime_field(form: str, cipher: bytes) -> None:
    file = dg14(protocol_info(DH + cipher), key_info(DH_KEY, element_der(form)))
    examination = begin(file)
    answer = in_field(examination).answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=file) == PASSED


@pytest.mark.parametrize("kind", ["ECDH", "DH"])
def test_a_key_without_an_info_is_for_3des(kind: str) -> None:
    keys = {"ECDH": key_info(ECDH_KEY, public_der(KEY)), "DH": key_info(DH_KEY, element_der("X9.42"))}
    examination = begin(dg14(keys[kind]))
    assert examination.question.protocol == (ECDH if kind == "ECDH" else DH) + TRIPLE_DES
    chip = on_curve(examination) if kind == "ECDH" else in_field(examination)
    answer = chip.answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=dg14(keys[kind])) == PASSED


def test_the_strongest_of_several_offers_is_taken_with_the_key_that_it_names() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    file = dg14(
        protocol_info(ECDH + TRIPLE_DES, 1),
        protocol_info(ECDH + AES_256, 2),
        protocol_info(ECDH + AES_128, 1),
        key_info(ECDH_KEY, public_der(other), 1),
        key_info(ECDH_KEY, public_der(KEY), 2),
    )
    examination = begin(file)
    assert (examination.question.protocol, examination.question.key_id) == (ECDH + AES_256, 2)
    answer = on_curve(examination).answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=file) == PASSED


def test_an_offer_whose_key_cannot_be_used_gives_way_to_the_next() -> None:
    unusable = public_der(ec.generate_private_key(ec.SECP256K1()))
    file = dg14(
        protocol_info(ECDH + AES_256, 1),
        protocol_info(ECDH + AES_128, 2),
        key_info(ECDH_KEY, unusable, 1),
        key_info(ECDH_KEY, public_der(KEY), 2),
    )
    assert begin(file).question.key_id == 2


@pytest.mark.parametrize("stated", [(None, 7), (7, None), (7, 7)])
def test_one_key_needs_no_number_on_both_sides(stated: tuple[int | None, int | None]) -> None:
    info, key = stated
    question = begin(
        dg14(protocol_info(ECDH + AES_128, info), key_info(ECDH_KEY, public_der(KEY), key))
    ).question
    assert question.key_id == 7


CURVE_INFO, FIELD_INFO = protocol_info(ECDH + AES_128), protocol_info(DH + AES_128)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(dg14(), id="nothing at all"),
        pytest.param(dg14(CURVE_INFO), id="a protocol without a key"),
        pytest.param(
            dg14(protocol_info(ECDH + AES_128, 1), key_info(ECDH_KEY, public_der(KEY), 2)), id="another key"
        ),
        pytest.param(dg14(FIELD_INFO, key_info(DH_KEY, public_der(KEY))), id="a key of another kind"),
        pytest.param(
            dg14(CURVE_INFO, key_info(ECDH_KEY, element_der("X9.42"))), id="a key that is listed as another"
        ),
        pytest.param(dg14(CURVE_INFO, *[key_info(ECDH_KEY, public_der(KEY), n) for n in (1, 2)]), id="two"),
        pytest.param(
            dg14(
                protocol_info(ECDH + AES_128, 1),
                key_info(ECDH_KEY, public_der(KEY), 1),
                key_info(ECDH_KEY, public_der(OTHER), 1),
            ),
            id="one number for two keys",
        ),
        pytest.param(
            dg14(protocol_info(ECDH + AES_128, version=2), key_info(ECDH_KEY, public_der(KEY))),
            id="version 2",
        ),
        pytest.param(
            dg14(protocol_info(ECDH + b"\x05"), key_info(ECDH_KEY, public_der(KEY))), id="another cipher"
        ),
        pytest.param(
            dg14(key_info(ECDH_KEY, public_der(KEY)), key_info(ECDH_KEY, public_der(OTHER))),
            id="two keys that nothing tells apart",
        ),
        pytest.param(
            dg14(key_info(ECDH_KEY, public_der(ec.generate_private_key(ec.SECP256K1())))), id="another curve"
        ),
        pytest.param(
            dg14(key_info(ECDH_KEY, public_der(ed25519.Ed25519PrivateKey.generate()))), id="Ed25519"
        ),
        pytest.param(dg14(key_info(ECDH_KEY, spoiled(public_der(KEY), b"\x00"))), id="infinity"),
        pytest.param(
            dg14(key_info(ECDH_KEY, spoiled(public_der(KEY), b"\x04" + bytes(63) + b"\x01"))),
            id="off the curve",
        ),
        pytest.param(
            dg14(key_info(ECDH_KEY, spoiled(public_der(KEY), b"\x04" + b"\xff" * 64))), id="off the field"
        ),
        pytest.param(dg14(key_info(ECDH_KEY, b"\x30\x00")), id="no key in it"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, Q, 1))), id="the element 1"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, Q, P - 1))), id="the element -1"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, Q, 0))), id="the element 0"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, Q, VALUE + P))), id="beyond the prime"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, Q, P - VALUE))), id="outside the subgroup"),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, G, 2, VALUE))), id="a group of two"),
        pytest.param(
            dg14(key_info(DH_KEY, group_key(P, G, Q + 2, VALUE))), id="an order that does not divide"
        ),
        pytest.param(dg14(key_info(DH_KEY, group_key(P, 1, Q, VALUE))), id="generator 1"),
        pytest.param(dg14(key_info(DH_KEY, group_key(23, 5, 11, 2))), id="a small prime"),
        pytest.param(dg14(key_info(DH_KEY, group_key(1 << 4097 | 1, G, Q, VALUE))), id="a huge prime"),
        pytest.param(dg14(key_info(DH_KEY, group_key(-P, G, Q, VALUE))), id="a negative prime"),
    ],
)
def test_without_a_usable_key_nothing_is_asked(file: bytes) -> None:
    with pytest.raises(ChipKeyRefused):
        begin(file)


@pytest.mark.parametrize(
    "file", [b"", FILE[:-1], FILE + b"\x00", b"\x6f" + FILE[1:], write_tlv(0x6E, write_tlv(0x30, b""))]
)
def test_a_broken_dg14_is_an_error_of_its_own(file: bytes) -> None:
    with pytest.raises(MalformedData):
        begin(file)


def test_every_changed_byte_of_the_answer_is_noticed() -> None:
    examination = begin(FILE)
    answer = on_curve(examination).answer(examination.question.command)
    for position in range(len(answer)):
        changed = bytearray(answer)
        changed[position] ^= 0x01
        assert judge(examination, bytes(changed)) == WRONG


def test_a_genuine_chip_without_short_file_identifiers_proves_itself_by_its_refusal() -> None:
    examination = begin(FILE)
    command = examination.question.command
    refusal = on_curve(examination).answer(command, data=b"", sw=0x6A86)
    assert judge(examination, refusal).passed
    other = on_curve(examination, key=ec.generate_private_key(KEY.curve))
    assert judge(examination, other.answer(command, data=b"", sw=0x6A86, trusting=True)) == WRONG


def test_another_chip_another_question_and_another_file_are_wrong_answers() -> None:
    examination = begin(FILE)
    command = examination.question.command
    genuine = on_curve(examination)
    other = begin(FILE)
    answers = {
        "another chip": on_curve(examination, key=ec.generate_private_key(KEY.curve)).answer(
            command, trusting=True
        ),
        "another person's card": on_curve(examination, dg1=b"\x61" + DG1[:0:-1]).answer(command),
        "another question": on_curve(other).answer(other.question.command),
        "a refusal": genuine.answer(command, sw=0x6982),
        "a warning": genuine.answer(command, sw=0x6300),
        "a byte long": genuine.answer(command, data=DG1[:33]),
        "no data": genuine.answer(command, data=b""),
        "in the clear": DG1[:32] + b"\x90\x00",
        "refused in the clear": b"\x69\x82",
        "the status alone": b"\x90\x00",
        "one byte": b"\x90",
        "nothing": b"",
        "the command sent back": command,
    }
    assert {name: judge(examination, answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, WRONG
    )
    assert judge(examination, genuine.answer(command)) == PASSED


def test_an_answer_counts_only_with_the_dg14_that_was_asked_about() -> None:
    """A forger may have a question put to a key of his own; a stolen card's files gain nothing by that."""
    mine = ec.generate_private_key(ec.SECP256R1())
    own_file = dg14(protocol_info(ECDH + AES_128), key_info(ECDH_KEY, public_der(mine)))
    examination = begin(own_file)
    answer = on_curve(examination, key=mine).answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=own_file) == PASSED
    assert examination.verify(answer, dg1=DG1, dg14=FILE) == WRONG


@pytest.mark.parametrize("sw", [0x9000, 0x6282])
def test_a_chip_that_gives_fewer_bytes_than_were_asked_for_is_proven_all_the_same(sw: int) -> None:
    examination = begin(FILE)
    answer = on_curve(examination).answer(examination.question.command, data=DG1[:20], sw=sw)
    assert examination.verify(answer, dg1=DG1, dg14=FILE).passed
