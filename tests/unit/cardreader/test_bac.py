"""BAC and 3DES secure messaging against the worked example of Doc 9303-11, appendices D.2 to D.4."""

import hashlib

import pytest

from cardreader.access.apdu import read_binary, select_file
from cardreader.access.bac import open_with_bac
from cardreader.access.messaging import SecureChannel
from cardreader.errors import AccessDenied, CardError, CardRefused, MalformedData, SecureMessagingError
from cardreader.session.ciphers import AUTHENTICATION, ENCRYPTION, TripleDesSuite, derive_key, pad
from cardreader.session.command import Command, Status
from tests.unit.cardreader.scripted_card import ScriptedCard, replay
from tests.unit.cardreader.vectors import BAC, PROTECTED_3DES

CHALLENGE = ("0084000008", BAC["tvRNDicc"] + "9000")
AUTHENTICATE = "0082000028" + BAC["tvCmdData"] + "28"


def with_odd_parity(key: bytes) -> str:
    """The standard prints DES keys with parity bits set; no implementation uses them."""
    return bytes(byte ^ 1 if byte.bit_count() % 2 == 0 else byte for byte in key).hex().upper()


def open_scripted(*script: tuple[str, str]) -> SecureChannel:
    return open_with_bac(
        ScriptedCard(script), BAC["mrz_info"], random_bytes=replay(BAC["tvRNDifd"], BAC["tvKifd"])
    )


def protected(*script: tuple[str, str]) -> SecureChannel:
    suite = TripleDesSuite(bytes.fromhex(PROTECTED_3DES["KSenc"]), bytes.fromhex(PROTECTED_3DES["KSmac"]))
    return SecureChannel(ScriptedCard(script), suite, bytes.fromhex(PROTECTED_3DES["ssc_start"]))


def test_the_keys_of_the_zone_are_derived() -> None:
    seed = hashlib.sha1(BAC["mrz_info"].encode()).digest()[:16]
    assert seed.hex().upper() == BAC["tvKeySeed"]
    assert with_odd_parity(derive_key(seed, ENCRYPTION, 16)) == BAC["tvKenc"]
    assert with_odd_parity(derive_key(seed, AUTHENTICATION, 16)) == BAC["tvKmac"]


def test_a_card_is_opened_and_its_first_file_read_as_in_the_example() -> None:
    exchanges = [(exchange["prot_c"], exchange["prot_r"]) for exchange in PROTECTED_3DES["exchanges"]]
    channel = open_scripted(CHALLENGE, (AUTHENTICATE, BAC["tvRespData"] + "9000"), *exchanges)
    assert channel.send(select_file(0x011E)) == (b"", Status.OK)
    assert channel.send(read_binary(0, 4)) == (bytes.fromhex("60145F01"), Status.OK)
    data, _ = channel.send(read_binary(4, 18))
    assert data.hex().upper() == "04303130365F36063034303030305C026175"


def test_the_largest_protected_short_read_is_231_bytes() -> None:
    assert protected().largest_read == 231


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param([("0084000008", "6D00")], CardRefused, id="no BAC on this card"),
        pytest.param([("0084000008", "46089000")], MalformedData, id="short challenge"),
        pytest.param([CHALLENGE, (AUTHENTICATE, "6300")], AccessDenied, id="wrong key"),
        pytest.param([CHALLENGE, (AUTHENTICATE, "00" * 39 + "9000")], MalformedData, id="short answer"),
        pytest.param([CHALLENGE, (AUTHENTICATE, "00" * 40 + "9000")], SecureMessagingError, id="garbage"),
    ],
)
def test_a_card_that_does_not_do_bac_is_refused(
    script: list[tuple[str, str]], error: type[CardError]
) -> None:
    with pytest.raises(error):
        open_scripted(*script)


def test_a_card_that_echoes_another_challenge_is_refused() -> None:
    seed = bytes.fromhex(BAC["tvKeySeed"])
    suite = TripleDesSuite(derive_key(seed, ENCRYPTION, 16), derive_key(seed, AUTHENTICATION, 16))
    ciphertext = suite.encrypt(bytes.fromhex(BAC["tvRNDicc"]) + bytes(8) + bytes(16))
    answer = (ciphertext + suite.mac(ciphertext)).hex()
    with pytest.raises(SecureMessagingError):
        open_scripted(CHALLENGE, (AUTHENTICATE, answer + "9000"))


FIRST = PROTECTED_3DES["exchanges"][0]
SECOND = PROTECTED_3DES["exchanges"][1]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("9000", id="success without protection"),
        pytest.param("60145F019000", id="data without protection"),
        pytest.param("990290008E08FA855A5D4C50A8EE9000", id="one bit of the code flipped"),
        pytest.param("990290008E07FA855A5D4C50A89000", id="short code"),
        pytest.param("990290008E08FA855A5D4C50A8ED6982", id="another status word outside"),
        pytest.param("99026A828E08FA855A5D4C50A8ED6A82", id="another status word inside"),
        pytest.param("8E08FA855A5D4C50A8ED9000", id="no status word"),
        pytest.param("99029000990290008E08FA855A5D4C50A8ED9000", id="two status words"),
        pytest.param("87FF9000", id="not well-formed"),
        pytest.param(SECOND["prot_r"], id="the answer of a later exchange"),
    ],
)
def test_an_answer_that_is_not_protected_as_agreed_ends_the_session(answer: str) -> None:
    with pytest.raises(SecureMessagingError):
        protected((FIRST["prot_c"], answer)).send(select_file(0x011E))


@pytest.mark.parametrize("data", ["8709029FF0EC34F9922651", "8702019F", "870101"])
def test_a_cryptogram_of_wrong_form_is_refused_even_with_a_right_code(data: str) -> None:
    suite = TripleDesSuite(bytes.fromhex(PROTECTED_3DES["KSenc"]), bytes.fromhex(PROTECTED_3DES["KSmac"]))
    body = bytes.fromhex(data + "99029000")
    code = suite.mac(bytes.fromhex(FIRST["ssc_after"]) + body)
    with pytest.raises(SecureMessagingError):
        protected((FIRST["prot_c"], (body + b"\x8e\x08" + code).hex() + "9000")).send(select_file(0x011E))


def test_a_cryptogram_without_padding_is_refused() -> None:
    suite = TripleDesSuite(bytes.fromhex(PROTECTED_3DES["KSenc"]), bytes.fromhex(PROTECTED_3DES["KSmac"]))
    body = b"\x87\x09\x01" + suite.encrypt(b"12345678") + bytes.fromhex("99029000")
    code = suite.mac(bytes.fromhex(FIRST["ssc_after"]) + body)
    with pytest.raises(SecureMessagingError):
        protected((FIRST["prot_c"], (body + b"\x8e\x08" + code).hex() + "9000")).send(select_file(0x011E))


def test_a_refusal_may_come_without_protection() -> None:
    assert protected((FIRST["prot_c"], "6988")).send(select_file(0x011E)) == (b"", 0x6988)


def test_a_command_that_does_not_fit_the_short_form_is_not_sent() -> None:
    with pytest.raises(ValueError, match="short form"):
        Command(0xB0, 0, 0, expected=257).encode()


def test_padding_always_adds_at_least_one_byte() -> None:
    assert [len(pad(bytes(n), 8)) for n in (0, 7, 8, 15)] == [8, 8, 16, 16]
