"""Whatever a chip answers in PACE or to a question, only our own errors come out, and nothing is opened."""

import contextlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.access.chip import authenticate_chip, sign_nonce
from cardreader.access.messaging import SecureChannel
from cardreader.access.pace import Password, open_with_pace
from cardreader.errors import CardError
from cardreader.lds.security_infos import PaceInfo
from cardreader.lds.tlv import write_tlv
from cardreader.session.ciphers import AesSuite

PREFIX = bytes.fromhex("04007F0007020204")
OFFERS = {
    "DH": PaceInfo(PREFIX + b"\x01\x02", 2, 0),
    "curve": PaceInfo(PREFIX + b"\x02\x04", 2, 13),
    "DH, integrated": PaceInfo(PREFIX + b"\x03\x01", 2, 0),
    "curve, integrated": PaceInfo(PREFIX + b"\x04\x03", 2, 12),
    "chip mapping": PaceInfo(PREFIX + b"\x06\x02", 2, 8),
}
VALUES = st.one_of(st.binary(max_size=70), st.binary(min_size=128, max_size=128), st.just(bytes(16)))


class Answers:
    """Answers one thing after the other, then refuses."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        return (self.answers.pop(0), 0x9000) if self.answers else (b"", 0x6F00)


@pytest.mark.parametrize("name", OFFERS)
@given(values=st.lists(VALUES, min_size=4, max_size=4), random=st.randoms(use_true_random=False))
def test_only_our_errors_come_out_of_pace(name: str, values: list[bytes], random: Random) -> None:
    nonce, mapping, key, token = values
    inner = [(0x80, nonce), (0x82, mapping), (0x84, key), (0x86, token)]
    answers = [b"", *(write_tlv(0x7C, write_tlv(tag, value)) for tag, value in inner)]
    with pytest.raises(CardError):
        open_with_pace(
            Answers(answers), OFFERS[name], Password.from_can("012345"), random_bytes=random.randbytes
        )


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_only_our_errors_come_out_of_a_question(answers: list[bytes]) -> None:
    suite = AesSuite(bytes(16), bytes(16))
    for ask in (
        lambda channel: sign_nonce(channel, bytes(8), signature_bytes=64),
        lambda channel: authenticate_chip(
            channel, protocol=PREFIX, key_id=1, public_key=bytes(65), command=b"\x0c"
        ),
    ):
        with contextlib.suppress(CardError):
            assert ask(SecureChannel(Answers(list(answers)), suite, bytes(16))) == b""
