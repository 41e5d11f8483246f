"""A question to a chip on its way, and an examination that is kept meanwhile: only ours go on."""

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.errors import CardError, MalformedData, OversizedData
from cardreader.lds.tlv import read_all, write_tlv
from cardreader.proof.chip import ChipExamination, ChipQuestion
from cardreader.proof.reasons import Check
from cardreader.session.fields import FIELDS
from tests.unit.cardreader.chip_cards import ProvableCard
from tests.unit.cardreader.chip_side import AES_128, DH, DH_KEY, dg14, group_key, key_info, protocol_info
from tests.unit.cardreader.people import DG1

CARD = ProvableCard()


def begin() -> ChipExamination:
    return CARD.examine()


def test_every_examination_has_its_own_key() -> None:
    first, second = begin().question, begin().question
    assert first.public_key != second.public_key
    assert first.command != second.command


def test_an_examination_that_was_kept_goes_on() -> None:
    begun = begin()
    kept = ChipExamination.from_secret(begun.to_secret())
    assert kept.question == begun.question
    assert kept.verify(CARD.answer(begun), dg1=DG1, dg14=CARD.files[14]) == Check("passed")


def parts_of(secret: bytes) -> list[bytes]:
    return [value for _, value in read_all(read_all(secret)[0][1])]


def kept(parts: list[bytes]) -> bytes:
    return write_tlv(0x30, b"".join(write_tlv(0x04, part) for part in parts))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda s: b"", id="nothing"),
        pytest.param(lambda s: s[:-1], id="cut"),
        pytest.param(lambda s: s + b"\x00", id="bytes left over"),
        pytest.param(lambda s: kept(parts_of(s)[:4]), id="a part missing"),
        pytest.param(lambda s: kept([b"\x2a", *parts_of(s)[1:]]), id="an unknown protocol"),
        pytest.param(lambda s: kept([parts_of(s)[0], b"\x01", *parts_of(s)[2:]]), id="an odd key number"),
        pytest.param(lambda s: kept([*parts_of(s)[:2], b"", *parts_of(s)[3:]]), id="no public key"),
        pytest.param(lambda s: kept([*parts_of(s)[:3], b"", parts_of(s)[4]]), id="no secret"),
        pytest.param(lambda s: kept([*parts_of(s)[:4], b""]), id="no digest"),
    ],
)
def test_what_was_not_kept_by_us_does_not_go_on(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedData):
        ChipExamination.from_secret(spoil(begin().to_secret()))


def test_neither_examination_nor_question_shows_its_secret_when_printed() -> None:
    examination = begin()
    secret = parts_of(examination.to_secret())[3]
    shown = repr(examination) + str(examination) + repr(examination.question)
    assert repr(secret)[2:-1] not in shown
    assert secret.hex() not in shown


def test_a_question_travels_as_json() -> None:
    question = begin().question
    assert ChipQuestion.from_json(question.to_json()) == question
    assert question.command.startswith(bytes.fromhex("0CB08100"))


GENUINE = begin().question.to_json()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param([], MalformedData, id="no object"),
        pytest.param({}, MalformedData, id="empty"),
        pytest.param({**GENUINE, "command": "DLCBAA="}, MalformedData, id="not base64"),
        pytest.param({**GENUINE, "command": "DKSBAA=="}, MalformedData, id="selects a file"),
        pytest.param({**GENUINE, "command": "ALCBACA="}, MalformedData, id="not protected"),
        pytest.param({**GENUINE, "command": "DLCCAA=="}, MalformedData, id="reads another file"),
        pytest.param({**GENUINE, "command": "DLCB" * 22}, OversizedData, id="a long command"),
        pytest.param({**GENUINE, "protocol": "KgM="}, MalformedData, id="an unknown protocol"),
        pytest.param({**GENUINE, "public_key": ""}, MalformedData, id="no key"),
        pytest.param({**GENUINE, "public_key": "AAAA" * 172}, OversizedData, id="a long key"),
        pytest.param({**GENUINE, "public_key": None}, MalformedData, id="a key that is no text"),
        pytest.param({**GENUINE, "key_id": "1"}, MalformedData, id="a number as text"),
        pytest.param({**GENUINE, "key_id": True}, MalformedData, id="a truth as number"),
        pytest.param({**GENUINE, "key_id": -1}, MalformedData, id="a negative number"),
        pytest.param({**GENUINE, "key_id": 1 << 31}, MalformedData, id="a large number"),
    ],
)
def test_a_question_of_another_form_is_never_put_to_a_chip(body: object, error: type[CardError]) -> None:
    with pytest.raises(CardError) as caught:
        ChipQuestion.from_json(body)
    assert type(caught.value) is error


def point(curve: ec.EllipticCurve) -> bytes:
    return (
        ec.generate_private_key(curve)
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )


NO_POINTS = {
    "not on the curve": b"\x04" + (1).to_bytes(32, "big") + (1).to_bytes(32, "big"),
    "on another curve": point(ec.SECP256R1()),
    "on a longer curve": point(ec.BrainpoolP384R1()),
    "beyond the field": b"\x04" + b"\xff" * 64,
    "the point at infinity": b"\x00",
    "compressed": b"\x02" + point(ec.BrainpoolP256R1())[1:33],
    "too long": b"\x04" + b"\xff" * 150,
}


@pytest.mark.parametrize("key", NO_POINTS.values(), ids=NO_POINTS)
def test_a_key_that_is_not_of_the_chips_group_is_never_put_to_it(key: bytes) -> None:
    """An invalid-curve attack: what the chip makes of such a point tells of its private key."""
    question = begin().question
    assert question.suits(CARD.files[14])
    assert not replace(question, public_key=key).suits(CARD.files[14])


def test_a_question_by_a_protocol_or_key_that_the_chip_does_not_offer_is_never_put_to_it() -> None:
    question = begin().question
    assert not replace(question, key_id=7).suits(CARD.files[14])
    assert not replace(question, protocol=question.protocol[:-1] + b"\x04").suits(CARD.files[14])
    assert not question.suits(b"")


P, G, Q = FIELDS[0].prime, FIELDS[0].generator, FIELDS[0].order  # RFC 5114 §2.1
FIELD_FILE = dg14(protocol_info(DH + AES_128), key_info(DH_KEY, group_key(P, G, Q, pow(G, 5, P))))


@pytest.mark.parametrize("value", [0, 1, 2, P - 1, P, P + G], ids=["0", "1", "2", "p-1", "p", "p+g"])
def test_a_number_that_is_not_of_the_chips_subgroup_is_never_put_to_it(value: int) -> None:
    question = ChipExamination.begin(FIELD_FILE, random_bytes=secrets.token_bytes).question
    assert question.suits(FIELD_FILE)
    assert pow(2, Q, P) != 1
    assert not replace(question, public_key=value.to_bytes(129, "big")).suits(FIELD_FILE)
