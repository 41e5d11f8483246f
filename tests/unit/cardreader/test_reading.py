"""`read_card` against two recorded readings: every command is the recorded one, to the bit."""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.errors import CardLifted, SecureMessagingError
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.dg13 import parse_dg13
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.chip import ChipQuestion
from cardreader.proof.evidence import Evidence, identity
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from cardreader.proving import Challenger
from cardreader.qr import parse_qr
from cardreader.reading import WANTED, CardReading, read_card
from cardreader.transport import Transport
from tests.unit.cardreader.scripted_card import ScriptedCard, replay

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data/card/readings.json").read_text(encoding="utf-8")
)
NOW = datetime.fromisoformat(RECORDED["at"])
TRUST = TrustStore([parse_certificate(bytes.fromhex(RECORDED["authority"]))], training=True)
WAYS = ["PACE-CAN", "BAC"]


def read(
    way: str,
    card: Transport | None = None,
    *,
    expected_id: str | None = None,
    challenger: Challenger | None = None,
    wanted: Sequence[int] = WANTED,
) -> CardReading:
    recorded = RECORDED[way]
    ticks = count()
    return read_card(
        card or ScriptedCard(recorded["exchanges"]),
        AccessKeys.from_can(recorded["can"]) if way == "PACE-CAN" else AccessKeys(zones=(recorded["zone"],)),
        trust=TRUST,
        now=NOW,
        expected_id=expected_id,
        wanted=wanted,
        challenger=challenger,
        ways=[way],
        random_bytes=replay(*recorded["random"]),
        clock=lambda: next(ticks) / 1000,
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_recorded_card_is_read_command_for_command(way: str) -> None:
    card = ScriptedCard(RECORDED[way]["exchanges"])
    reading = read(way, card, expected_id=RECORDED["id_number"])
    assert not card.script, "the reader stopped early"
    assert (reading.access, reading.id_number) == (way, RECORDED["id_number"])
    assert parse_dg1(reading.evidence.data_groups[1]).access_info == RECORDED[way]["zone"]
    assert reading.dg13["full_name"] == reading.full_name == "NGUYỄN THỊ MẪU THỬ"
    assert reading.checks.failure() is None
    assert (reading.checks.active, reading.checks.chip) == (Check("passed"), Check("passed"))
    assert (reading.checks.level, reading.extended) == ("chip-proven", way == "PACE-CAN")


def test_nothing_that_was_read_shows_the_holder_when_it_is_printed() -> None:
    reading = read("PACE-CAN")
    files = reading.evidence.data_groups
    zone, details = parse_dg1(files[1]), parse_dg13(files[13])
    code = parse_qr(f"{reading.id_number}||{reading.full_name}|12041995|Nữ|{details.fields[9]}|15062021")
    keys = AccessKeys.from_mrz(zone.access_info).also(AccessKeys.from_qr(code))
    shown = " ".join(
        map(repr, (reading, reading.evidence, identity(reading.evidence), zone, details, code, keys))
    )
    numbers = {reading.id_number, reading.document_number, reading.id_number[-6:], zone.birth, zone.expiry}
    names = {reading.full_name, zone.surname, zone.given_names, details.father, details.mother}
    dates = {reading.birth_date, reading.expiry_date, details.fields[3]}
    assert [
        held for held in numbers | names | dates | {details.fields[9]} if held is None or held in shown
    ] == []


@pytest.mark.parametrize("way", WAYS)
def test_traffic_and_time_are_counted(way: str) -> None:
    exchanges = RECORDED[way]["exchanges"]
    reading = read(way)
    assert reading.commands == len(exchanges)
    assert reading.bytes_sent == sum(len(request) // 2 for request, _ in exchanges)
    assert reading.bytes_received == sum(len(response) // 2 for _, response in exchanges)
    assert reading.transmit_ms == len(exchanges)  # one tick of the clock per command
    assert reading.elapsed_ms == 2 * len(exchanges) + 5  # and one more for each part's end
    assert list(reading.timing) == ["access", "files", "active", "chip"]
    assert sum(reading.timing.values()) == reading.elapsed_ms - 1


class Interrupted(ScriptedCard):
    """Replays a reading up to one command, then does something else."""

    def __init__(self, way: str, number: int, answer: str | None) -> None:
        super().__init__(RECORDED[way]["exchanges"][:number])
        self.answer = answer

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        if self.script:
            return super().send_and_receive(command)
        if self.answer is None:
            raise CardLifted("the card left the reader")
        return bytes.fromhex(self.answer), 0x9000


@pytest.mark.parametrize("way", WAYS)
def test_a_card_lifted_under_any_command_is_called_lifted(way: str) -> None:
    for number in range(len(RECORDED[way]["exchanges"])):
        with pytest.raises(CardLifted):
            read(way, Interrupted(way, number, None))


class Insurer:
    """Asks for a signature over the recorded nonce; it must not be asked for a question."""

    examination = None

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:
        return not signed

    def nonce(self) -> bytes:
        return bytes.fromhex(RECORDED["PACE-CAN"]["random"][2])

    def chip_question(self, evidence: Evidence) -> ChipQuestion | None:
        raise AssertionError("a chip that signs is not asked to agree on keys as well")


def test_an_insurer_far_away_gets_the_signature_over_its_own_nonce() -> None:
    card = ScriptedCard(RECORDED["PACE-CAN"]["exchanges"])
    reading = read("PACE-CAN", card, challenger=Insurer())
    assert reading.nonce == Insurer().nonce()
    assert (reading.checks.active, reading.checks.chip.status) == (Check("passed"), "not-done")
    assert len(card.script) == 3, "the chip was asked to agree on keys"


def test_without_the_groups_of_the_keys_the_chip_is_not_asked_for_a_proof() -> None:
    card = ScriptedCard(RECORDED["BAC"]["exchanges"])
    reading = read("BAC", card, wanted=(1, 13))
    assert reading.checks.active == Check("not-done", Reason.ACTIVE_NOT_DONE)
    assert (reading.checks.level, reading.nonce) == ("chip-read", None)
    assert sorted(reading.evidence.data_groups) == [1, 13]


def test_garbage_after_access_ends_the_session() -> None:
    with pytest.raises(SecureMessagingError):
        read("PACE-CAN", Interrupted("PACE-CAN", 7, "DEADBEEF"))


def test_a_reading_does_not_show_its_holder_when_printed_by_a_program() -> None:
    assert RECORDED["id_number"] not in repr(read("BAC"))
    assert "MẪU THỬ" not in repr(read("BAC"))
