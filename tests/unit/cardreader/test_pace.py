"""PACE with ECDH and generic mapping against the worked example of Doc 9303-11, appendix G.1."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

from cardreader.access.messaging import SecureChannel
from cardreader.access.pace import Password, PasswordKind, open_with_pace
from cardreader.errors import AccessDenied, CardError, CardRefused, MalformedData, SecureMessagingError
from cardreader.lds.security_infos import PaceInfo, parse_pace_infos
from cardreader.session.ciphers import AUTHENTICATION, ENCRYPTION, PASSWORD, derive_key
from cardreader.session.command import Command, Status
from cardreader.session.curves import CURVES, Domain
from tests.unit.cardreader.scripted_card import ScriptedCard, replay
from tests.unit.cardreader.vectors import CARD_ACCESS, PACE

OFFER = PaceInfo(bytes.fromhex(PACE["oid"]), 2, 13)
SET_PROTOCOL = (PACE["initializePaceMsgTerminal"], "9000")
NONCE = (PACE["generalAuthenticateStep1MsgTerminal"], PACE["generalAuthenticateStep1MsgChip"])
MAPPING = (PACE["generalAuthenticateStep2MsgTerminal"], PACE["generalAuthenticateStep2MsgChip"])
KEYS = (PACE["generalAuthenticateStep3MsgTerminal"], PACE["generalAuthenticateStep3MsgChip"])
TOKENS = (PACE["generalAuthenticateStep4MsgTerminal"], PACE["generalAuthenticateStep4MsgChip"])


def open_scripted(*script: tuple[str, str]) -> SecureChannel:
    return open_with_pace(
        ScriptedCard(script),
        OFFER,
        Password.from_zone(PACE["mrz_info"]),
        random_bytes=replay(PACE["terminalPrivateKey"], PACE["terminalEphemeralPrivateKey"]),
    ).channel


def test_the_password_key_of_the_zone_is_derived() -> None:
    password = Password.from_zone(PACE["mrz_info"])
    assert password.secret.hex().upper() == PACE["tvKeySeed"]
    assert derive_key(password.secret, PASSWORD, 16).hex().upper() == PACE["tv_K_pi"]


def test_the_session_keys_come_from_the_shared_secret() -> None:
    secret = bytes.fromhex(PACE["ephemeralKeyPairSharedSecret"])
    assert derive_key(secret, ENCRYPTION, 16).hex().upper() == PACE["ksEnc"]
    assert derive_key(secret, AUTHENTICATION, 16).hex().upper() == PACE["ksMac"]


def test_the_generator_is_mapped() -> None:
    domain = Domain(13)
    theirs = bytes.fromhex("04" + PACE["chipPublicKeyX"] + PACE["chipPublicKeyY"])
    private = int(PACE["terminalPrivateKey"], 16)
    shared = domain.multiple(private, theirs)
    assert shared.hex().upper() == "04" + PACE["sharedSecretX"] + PACE["sharedSecretY"]
    mapped = domain.mapped(bytes.fromhex(PACE["nonceDecrypted"]), private, theirs)
    assert mapped.public_key(1).hex().upper() == "04" + PACE["mappedGeneratorX"] + PACE["mappedGeneratorY"]


def test_a_chip_is_opened_command_for_command_as_in_the_example() -> None:
    channel = open_scripted(SET_PROTOCOL, NONCE, MAPPING, KEYS, TOKENS)
    assert channel.largest_read == 223


def cmac(data: bytes) -> str:
    """The session's code made by hand: AES-CMAC over the message padded with 80 00 .., first eight bytes."""
    code = CMAC(AES(bytes.fromhex(PACE["ksMac"])))
    code.update(data + b"\x80" + bytes(-(len(data) + 1) % 16))
    return code.finalize()[:8].hex()


def test_the_opened_channel_uses_the_agreed_keys_and_starts_counting_at_zero() -> None:
    first, second = (number.to_bytes(16, "big") for number in (1, 2))
    key = AES(bytes.fromhex(PACE["ksEnc"]))
    vector = Cipher(key, ECB()).encryptor().update(second)
    plain = bytes.fromhex("615D5F1F" + "80" + "00" * 11)
    cryptogram = b"\x87\x11\x01" + Cipher(key, CBC(vector)).encryptor().update(plain)
    body = cryptogram + bytes.fromhex("99029000")
    header = bytes.fromhex("0CB08100" + "80" + "00" * 11)
    request = "0CB081000D970104" + "8E08" + cmac(first + header + bytes.fromhex("970104")) + "00"
    response = body.hex() + "8E08" + cmac(second + body) + "9000"
    channel = open_scripted(SET_PROTOCOL, NONCE, MAPPING, KEYS, TOKENS, (request, response))
    assert channel.send(Command(0xB0, 0x81, 0, expected=4)) == (bytes.fromhex("615D5F1F"), Status.OK)


@pytest.mark.parametrize("sw", ["63C1", "63C0"])
def test_a_warning_about_earlier_wrong_passwords_is_no_refusal(sw: str) -> None:
    open_scripted((SET_PROTOCOL[0], sw), NONCE, MAPPING, KEYS, TOKENS)


def mapping_answer(point: str) -> str:
    return f"7C438241{point}9000"


OWN_KEY = "7C438441" + KEYS[0][18:-2] + "9000"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param([(SET_PROTOCOL[0], "6A80")], CardRefused, id="protocol refused"),
        pytest.param([SET_PROTOCOL, (NONCE[0], "6982")], CardRefused, id="no nonce"),
        pytest.param([SET_PROTOCOL, (NONCE[0], "9000")], MalformedData, id="empty answer"),
        pytest.param([SET_PROTOCOL, (NONCE[0], "7C0380015A9000")], MalformedData, id="short nonce"),
        pytest.param([SET_PROTOCOL, (NONCE[0], "7C0281009000")], MalformedData, id="another object"),
        pytest.param(
            [SET_PROTOCOL, NONCE, (MAPPING[0], mapping_answer("04" + "11" * 64))],
            MalformedData,
            id="a point off the curve",
        ),
        pytest.param(
            [SET_PROTOCOL, NONCE, (MAPPING[0], "7C0382010090" + "00")],
            MalformedData,
            id="the point at infinity",
        ),
        pytest.param(
            [SET_PROTOCOL, NONCE, MAPPING, (KEYS[0], OWN_KEY)], SecureMessagingError, id="our own key"
        ),
        pytest.param([SET_PROTOCOL, NONCE, MAPPING, KEYS, (TOKENS[0], "6300")], AccessDenied, id="denied"),
        pytest.param(
            [SET_PROTOCOL, NONCE, MAPPING, KEYS, (TOKENS[0], "7C0A860800000000000000009000")],
            SecureMessagingError,
            id="wrong token",
        ),
    ],
)
def test_a_chip_that_does_not_do_pace_is_refused(
    script: list[tuple[str, str]], error: type[CardError]
) -> None:
    with pytest.raises(error):
        open_scripted(*script)


def test_the_access_number_is_the_password_itself() -> None:
    assert Password.from_can("012345") == Password(PasswordKind.CAN, b"012345")
    assert "012345" not in repr(Password.from_can("012345"))


def test_the_vietnamese_card_offers_generic_mapping_on_brainpool() -> None:
    assert parse_pace_infos(bytes.fromhex(CARD_ACCESS)) == (OFFER,)
    assert parse_pace_infos(bytes.fromhex(PACE["efCardAccessData"])) == (OFFER,)


@pytest.mark.parametrize(
    "file",
    ["", "310000", "3103020101", "31023000", "310430020400", "310E300C060A04007F00070202040202"],
)
def test_what_are_no_security_infos_is_refused(file: str) -> None:
    with pytest.raises(MalformedData):
        parse_pace_infos(bytes.fromhex(file))


@pytest.mark.parametrize("parameter_id", [number for number in CURVES if number is not None])
def test_both_sides_agree_on_every_curve(parameter_id: int) -> None:
    domain = Domain(parameter_id)
    ours, theirs = 0x1234567890ABCDEF, 0xFEDCBA0987654321
    secret = domain.agree(ours, domain.public_key(theirs))
    assert secret == domain.agree(theirs, domain.public_key(ours))
    assert len(domain.public_key(ours)) == domain.key_bytes == 1 + 2 * len(secret)


def test_a_private_key_outside_the_group_is_drawn_again() -> None:
    fits = "00" * 31 + "05"
    assert Domain(13).private_key(replay("FF" * 32, "00" * 32, fits)) == 5
