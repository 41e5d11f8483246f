"""Extended length: found out on a command that is needed anyway, and left where it does not work."""

from collections.abc import Callable

import pytest

from cardreader.access.apdu import (
    EXTENDED_READ,
    PlainChannel,
    internal_authenticate,
    read_binary,
    read_by_short_identifier,
    select_application,
    select_master_file,
)
from cardreader.access.files import read_file
from cardreader.access.messaging import SecureChannel
from cardreader.errors import MalformedData
from cardreader.lds.datagroups import DATA_GROUPS
from cardreader.lds.tlv import read_all, write_tlv
from cardreader.session.ciphers import AesSuite, TripleDesSuite, pad
from cardreader.session.command import Command, Status
from cardreader.session.protection import Protection
from tests.unit.cardreader.scripted_card import ScriptedCard

READ = read_by_short_identifier(0x1C, EXTENDED_READ)
READ_EXTENDED, READ_SHORT = "00B09C00001000", "00B09C0000"


@pytest.mark.parametrize(
    ("command", "short", "extended"),
    [
        pytest.param(Command(0x84, 0, 0, expected=8), "0084000008", "00840000000008", id="answer only"),
        pytest.param(Command(0xA4, 4, 12, b"\xaa"), "00A4040C01AA", "00A4040C000001AA", id="data only"),
        pytest.param(
            Command(0x88, 0, 0, b"\xaa", 256), "0088000001AA00", "00880000000001AA0100", id="data and answer"
        ),
        pytest.param(Command(0x0E, 0, 0), "000E0000", "000E0000", id="neither"),
    ],
)
def test_a_command_has_the_two_forms_of_iso_7816_4(command: Command, short: str, extended: str) -> None:
    assert command.encode().hex().upper() == short
    assert command.encode(extended=True).hex().upper() == extended


def test_the_largest_lengths_are_written_as_zero() -> None:
    assert Command(0xB0, 0, 0, expected=65_536).encode(extended=True).hex() == "00b00000000000"
    assert Command(0xB0, 0, 0, expected=256).encode().hex() == "00b0000000"
    assert not Command(0xB0, 0, 0, expected=257).is_short
    with pytest.raises(ValueError, match="extended form"):
        Command(0xB0, 0, 0, expected=65_537).encode(extended=True)


@pytest.mark.parametrize(
    ("script", "extended"),
    [
        pytest.param([(READ_EXTENDED, "31009000")], True, id="understood"),
        pytest.param([(READ_EXTENDED, "31006282")], True, id="understood, with a warning"),
        pytest.param([(READ_EXTENDED, "6A82")], None, id="no such file says nothing of lengths"),
        pytest.param([(READ_EXTENDED, "6982")], None, id="nor does a file that may not be read"),
        pytest.param([(READ_EXTENDED, "6700"), (READ_SHORT, "31009000")], False, id="wrong length"),
        pytest.param([(READ_EXTENDED, "6700"), (READ_SHORT, "6A82")], False, id="wrong length, no file"),
        pytest.param([(READ_EXTENDED, "6C38"), ("00B09C0038", "31009000")], False, id="another length"),
        pytest.param([(READ_EXTENDED, "6C00"), (READ_SHORT, "31009000")], False, id="256 bytes"),
        pytest.param([(READ_EXTENDED, "6F00"), (READ_SHORT, "31009000")], False, id="does not like it"),
        pytest.param([(READ_EXTENDED, "6D00"), (READ_SHORT, "6D00")], None, id="likes neither form"),
    ],
)
def test_the_first_read_shows_whether_the_card_takes_extended_length(
    script: list[tuple[str, str]], extended: bool | None
) -> None:
    card = ScriptedCard(script)
    channel = PlainChannel(card, extended=None)
    assert channel.send(READ)[1] == int(script[-1][1][-4:], 16)
    assert not card.script
    assert channel.extended is extended
    assert channel.largest_read == (256 if extended is False else EXTENDED_READ)


def test_a_selection_by_name_is_a_question_too_and_that_of_the_master_file_is_not() -> None:
    script = [("00A4000C023F00", "6D00"), ("00A4040C000007A0000002471001", "9000")]
    channel = PlainChannel(ScriptedCard(script), extended=None)
    assert channel.send(select_master_file())[1] == 0x6D00
    assert channel.extended is None
    assert channel.send(select_application(bytes.fromhex("A0000002471001")))[1] == Status.OK
    assert channel.extended is True


def test_a_name_that_is_not_found_is_selected_in_short_before_the_card_is_given_up() -> None:
    long, short = "00A4040C000007A0000002471001", "00A4040C07A0000002471001"
    command = select_application(bytes.fromhex("A0000002471001"))
    for answer, extended in (("9000", False), ("6A82", None)):
        card = ScriptedCard([(long, "6A82"), (short, answer)])
        channel = PlainChannel(card, extended=None)
        assert channel.send(command)[1] == int(answer, 16)
        assert not card.script
        assert channel.extended is extended


@pytest.mark.parametrize("extended", [False, True])
def test_once_that_is_known_no_command_is_longer_than_it_needs_to_be(extended: bool) -> None:
    script = [("00A4040C07A0000002471001", "9000"), ("00B0000004", "6100AABB9000")]
    card = ScriptedCard(script)
    channel = PlainChannel(card, extended=extended)
    assert channel.send(select_application(bytes.fromhex("A0000002471001")))[1] == Status.OK
    assert channel.send(read_binary(0, 4))[0] == bytes.fromhex("6100AABB")
    assert not card.script


class Chip:
    """The other side of a session, with the same code: what is protected right, the standard's examples show.

    `plain` answers `(expected, extended)`; what was asked is kept in `asked`. An answer without data
    comes unprotected, unless the card `refuses_protected`.
    """

    def __init__(
        self,
        suite: AesSuite | TripleDesSuite,
        plain: Callable[[int, bool], tuple[bytes, int]],
        *,
        refuses_protected: bool = False,
    ) -> None:
        self.suite, self.plain, self.refuses_protected = suite, plain, refuses_protected
        self.asked: list[tuple[int, bool]] = []

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        extended = command[4] == 0
        objects = dict(read_all(command[7:-2] if extended else command[5:-1]))
        expected = int.from_bytes(objects[0x97], "big") or 1 << 8 * len(objects[0x97])
        self.asked.append((expected, extended))
        data, sw = self.plain(expected, extended)
        if not data and not self.refuses_protected:
            return b"", sw
        counter = (2 * len(self.asked)).to_bytes(self.suite.block, "big")
        encrypted = self.suite.encrypt(pad(data, self.suite.block), counter)
        answer = write_tlv(0x87, b"\x01" + encrypted) if data else b""
        answer += write_tlv(0x99, sw.to_bytes(2, "big"))
        return answer + write_tlv(0x8E, self.suite.mac(counter + answer)), sw


def channel_to(chip: Chip, *, extended: bool = True) -> SecureChannel:
    return SecureChannel(chip, chip.suite, bytes(chip.suite.block), extended=extended)


SUITES = [AesSuite(bytes(16), bytes(range(16))), TripleDesSuite(bytes(16), bytes(range(16)))]
ANY_SUITE = pytest.mark.parametrize("suite", SUITES, ids=["AES", "3DES"])
FILE = bytes.fromhex("6182012C") + b"\xaa" * 300


@ANY_SUITE
def test_a_protected_command_of_extended_length_names_both_lengths_in_two_bytes(
    suite: AesSuite | TripleDesSuite,
) -> None:
    protected = Protection(suite, bytes(suite.block)).protect(
        Command(0xB0, 0x81, 0, expected=0x1000), extended=True
    )
    assert protected.hex().startswith("0cb0810000000e970210008e08")
    assert protected.endswith(b"\0\0")
    assert len(protected) == 7 + 14 + 2


@ANY_SUITE
def test_a_long_file_is_one_command_of_extended_length(suite: AesSuite | TripleDesSuite) -> None:
    chip = Chip(suite, lambda *_: (FILE, 0x9000))
    channel = channel_to(chip)
    assert read_file(channel, DATA_GROUPS[1]) == FILE
    assert chip.asked == [(EXTENDED_READ, True)]
    assert (channel.extended, channel.unsure) == (True, False)


@pytest.mark.parametrize("refusal", [0x6700, 0x6C00])
@ANY_SUITE
def test_a_session_goes_on_in_short_where_the_length_was_wrong(
    refusal: int, suite: AesSuite | TripleDesSuite
) -> None:
    rest = bytearray(FILE)

    def plain(expected: int, extended: bool) -> tuple[bytes, int]:
        if extended:
            return b"", refusal
        part = bytes(rest[:expected])
        del rest[:expected]
        return part, 0x9000

    chip = Chip(suite, plain)
    channel = channel_to(chip)
    assert read_file(channel, DATA_GROUPS[1]) == FILE
    largest = 223 if suite.block == 16 else 231
    assert chip.asked == [(EXTENDED_READ, True), (largest, False), (len(FILE) - largest, False)]
    assert (channel.extended, channel.unsure) == (False, False)


@pytest.mark.parametrize(
    ("protected", "sw", "unsure"),
    [
        pytest.param(True, 0x6982, False, id="the card's own word"),
        pytest.param(True, 0x6A82, False, id="the card's own word about a file"),
        pytest.param(True, 0x6700, True, id="the length, in its own word"),
        pytest.param(False, 0x6982, True, id="anybody's word"),
    ],
)
def test_only_a_refusal_that_may_be_due_to_the_length_makes_unsure(
    protected: bool, sw: int, unsure: bool
) -> None:
    chip = Chip(SUITES[0], lambda *_: (b"", sw), refuses_protected=protected)
    channel = channel_to(chip)
    long = Command(0x86, 0, 0, bytes(300), expected=256)  # not asked again in short
    assert channel.send(long) == (b"", sw)
    assert channel.unsure is unsure


def test_an_answer_that_is_not_received_whole_is_counted_and_the_session_goes_on() -> None:
    class Interrupted(Chip):
        def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
            answer = super().send_and_receive(command)
            if len(self.asked) == 1:
                raise MalformedData("the card holds back an answer that it does not have")
            return answer

    channel = channel_to(Interrupted(SUITES[0], lambda *_: (FILE, 0x9000)))
    with pytest.raises(MalformedData):
        read_file(channel, DATA_GROUPS[1])
    assert read_file(channel, DATA_GROUPS[1]) == FILE


def test_short_answers_are_put_together_and_the_card_is_asked_for_the_rest() -> None:
    rest = bytearray(FILE)

    def plain(_expected: int, _extended: bool) -> tuple[bytes, int]:
        part = bytes(rest[:100])
        del rest[:100]
        return part, 0x9000

    chip = Chip(SUITES[0], plain)
    assert read_file(channel_to(chip), DATA_GROUPS[1]) == FILE
    assert [asked for asked, _ in chip.asked] == [EXTENDED_READ, 204, 104, 4]


def test_an_exact_length_beyond_what_a_short_answer_holds_is_cut() -> None:
    answers = iter([(b"", 0x6C00), (FILE[:223], 0x9000), (FILE[223:], 0x9000)])
    chip = Chip(SUITES[0], lambda *_: next(answers))
    assert read_file(channel_to(chip, extended=False), DATA_GROUPS[1]) == FILE
    assert [asked for asked, _ in chip.asked] == [223, 223, 81]


def test_a_signature_is_asked_for_in_full_when_extended_length_fails() -> None:
    chip = Chip(SUITES[0], lambda _, extended: (b"", 0x6700) if extended else (b"s" * 128, 0x9000))
    data, sw = channel_to(chip).send(internal_authenticate(bytes(8), extended=True))
    assert (len(data), sw) == (128, Status.OK)
    assert chip.asked == [(65_536, True), (256, False)]


def test_data_that_no_short_command_holds_are_not_sent_in_short() -> None:
    chip = Chip(SUITES[0], lambda *_: (b"", 0x6700))
    channel = channel_to(chip)
    long = Command(0x86, 0, 0, bytes(300), expected=256)
    assert channel.fits(long)
    assert channel.send(long) == (b"", 0x6700)
    assert len(chip.asked) == 1
    assert not channel.fits(long)
