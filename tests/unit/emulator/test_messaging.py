"""Secure messaging with AES against an exchange recorded elsewhere, and what it leaves room for."""

import pytest

from cardreader.emulator.commands import parse_command
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.suites import AesSuite, TripleDesSuite


def test_a_recorded_aes_command_opens_to_what_was_sent() -> None:
    # Keys, counter and command: gmrtd/gmrtd iso7816/secure_messaging_test.go, TestSecureMessageEncode (AES).
    # Doc 9303-11 has no worked example of AES; this one settles that the MAC's input is padded.
    suite = AesSuite(
        bytes.fromhex("cc86415f2ed7e8fd663b754265695ae1"), bytes.fromhex("581e84b8ee06c4d3eee30461498d7fb3")
    )
    channel = SecureChannel(suite, bytes.fromhex("000000000000000000000000000000ba"))
    protected = "0c2241a41d871101980953d37f67558690045d78a853b18a8e08929767a2cef172e200"
    opened = channel.open(parse_command(bytes.fromhex(protected)))
    assert opened.header.hex() == "002241a4"
    assert opened.data.hex() == "800a04007f000702020302028401c3"
    assert opened.expected is None


@pytest.mark.parametrize(
    ("suite", "longest", "plain"),
    [
        pytest.param(TripleDesSuite, 256, 231, id="3DES, short"),
        pytest.param(AesSuite, 256, 223, id="AES, short"),
        pytest.param(TripleDesSuite, 65536, 65511, id="3DES, extended"),
        pytest.param(AesSuite, 65536, 65503, id="AES, extended"),
    ],
)
def test_the_longest_answer_fits_and_one_byte_more_would_not(
    suite: type[TripleDesSuite | AesSuite], longest: int, plain: int
) -> None:
    channel = SecureChannel(suite.derived(b"any secret"), bytes(suite.block))
    assert channel.capacity(longest) == plain
    assert len(channel.protect(bytes(plain), 0x9000)) - 2 <= longest
    assert len(channel.protect(bytes(plain + 1), 0x9000)) - 2 > longest
