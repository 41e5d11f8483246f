"""`read_card` against every sample, habit and forgery of the emulator, through the transport port."""

import json
from dataclasses import replace

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery, tampered
from cardreader.errors import AccessDenied, CardError, CardLifted, KeyMissing
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from cardreader.qr import IdCardQr
from cardreader.reading import CardReading, read_card
from cardreader.transport import Transport
from tests.integration.cardreader.conftest import NOW

MAU_THU = SAMPLES["mau-thu"]
PLAIN = Habits(pace=False)


def zone(card: IssuedCard) -> AccessKeys:
    return AccessKeys(zones=(card.access_information,))


def read(
    card: IssuedCard, trust: TrustStore, keys: AccessKeys | None = None, expected_id: str | None = None
) -> CardReading:
    return read_card(LocalCard(Chip(card)), keys or zone(card), trust=trust, now=NOW, expected_id=expected_id)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_and_proven(name: str, authority: TrainingAuthority, trust: TrustStore) -> None:
    citizen = SAMPLES[name]
    reading = read(authority.issue(citizen, habits=PLAIN), trust, expected_id=citizen.id_number)
    assert (reading.id_number, reading.full_name) == (citizen.id_number, citizen.full_name)
    assert reading.birth_date == citizen.birth_date.isoformat()
    assert reading.expiry_date == (citizen.expiry_date.isoformat() if citizen.expiry_date else None)
    assert (reading.sex, reading.nationality) == (citizen.sex, "VNM")
    assert reading.dg13["residence"] == citizen.residence
    assert (reading.checks.passive, reading.checks.consistent) == (Check("passed"), Check("passed"))
    assert reading.checks.failure() is None
    assert reading.training


def test_the_json_has_the_documented_fields_and_no_evidence(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    shown = json.loads(json.dumps(read(authority.issue(MAU_THU, habits=PLAIN), trust).to_json()))
    assert list(shown) == (
        "id_number full_name birth_date sex nationality expiry_date document_number dg13 access checks"
        " commands bytes_sent bytes_received elapsed_ms transmit_ms training"
        " extended too_long nonce left_out timing level groups"
    ).split(" ")
    assert shown["checks"]["passive"] == {"status": "passed", "reason": None}
    assert list(shown["checks"]) == ["passive", "active", "chip", "consistent"]
    assert (shown["level"], shown["groups"]) == ("chip-proven", [1, 13, 14, 15])
    assert len(bytes.fromhex(shown["nonce"])) == 8


def test_a_card_without_keys_of_the_chip_is_said_to_lack_them(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    reading = read(authority.issue(MAU_THU, habits=replace(PLAIN, has_chip_keys=False)), trust)
    assert reading.checks.active == Check("absent", Reason.ACTIVE_ABSENT)
    assert reading.checks.chip == Check("absent", Reason.CHIP_ABSENT)
    assert reading.checks.failure() is None


@pytest.mark.parametrize(
    ("way", "extended", "most"),
    [("PACE-CAN", True, 13), ("PACE-CAN", False, 22), ("BAC", True, 8), ("BAC", False, 16)],
)
def test_a_proven_reading_takes_few_commands(
    way: str, extended: bool, most: int, authority: TrainingAuthority, trust: TrustStore
) -> None:
    """EF.SOD, DG1, DG13, DG15 and a signature; the card's habit is found out on the way."""
    card = authority.issue(MAU_THU, habits=Habits(extended_length=extended))
    keys = AccessKeys.from_number(MAU_THU.id_number).also(zone(card))
    reading = read_card(LocalCard(Chip(card)), keys, trust=trust, now=NOW, wanted=(1, 13, 15), ways=[way])
    assert (reading.access, reading.extended) == (way, extended)
    assert (reading.checks.level, reading.checks.active) == ("chip-proven", Check("passed"))
    assert reading.commands <= most


@pytest.mark.parametrize(
    ("forgery", "reason"), [("dg1", Reason.GROUP_CHANGED), ("sod", Reason.SIGNATURE_INVALID)]
)
def test_a_forged_card_is_read_and_not_accepted(
    forgery: Forgery, reason: Reason, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = tampered(authority.issue(MAU_THU, habits=PLAIN), MAU_THU, forgery)
    assert read(card, trust).checks.failure() == reason


def test_a_forged_zone_with_a_wrong_check_digit_is_called_forged_and_not_unreadable(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=PLAIN)
    files = {**card.files, 1: card.files[1].replace(b"IDVNM3", b"IDVNM4")}
    with pytest.raises(CardError) as caught:
        read(replace(card, files=files), trust)
    assert caught.value.code == Reason.GROUP_CHANGED


def test_another_persons_card_is_noticed(authority: TrainingAuthority, trust: TrustStore) -> None:
    card = authority.issue(MAU_THU, habits=PLAIN)
    assert read(card, trust, expected_id="033300000009").checks.failure() == Reason.NUMBER_DIFFERS


def test_a_data_group_missing_from_the_signed_list_is_never_asked_for(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    without = authority.issue(MAU_THU, habits=replace(PLAIN, has_dg13=False))
    other = authority.issue(SAMPLES["mau-cu"], habits=PLAIN)
    smuggled = replace(without, files={**without.files, 13: other.files[13]})
    reading = read(smuggled, trust)
    assert (reading.checks.failure(), reading.dg13) == (None, {})
    assert sorted(reading.evidence.data_groups) == [1, 14, 15]


def test_a_training_card_is_refused_outside_training(authority: TrainingAuthority) -> None:
    assert (
        read(authority.issue(MAU_THU, habits=PLAIN), TrustStore([])).checks.failure() == Reason.TRAINING_CARD
    )


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(Habits(extended_length=False), id="short commands only"),
        pytest.param(Habits(select_mf=True), id="master file selectable"),
        pytest.param(Habits(pace=False), id="no PACE"),
        pytest.param(Habits(parents_together=True), id="parents in one sequence"),
        pytest.param(Habits(lds_version_in_sod=False), id="LDS version 0"),
        pytest.param(Habits(longest_answer=100), id="short answers"),
        pytest.param(Habits(warns_at_end=True), id="warnings at the end of a file"),
    ],
)
def test_every_habit_gives_the_same_reading(
    habits: Habits, authority: TrainingAuthority, trust: TrustStore
) -> None:
    reading = read(authority.issue(MAU_THU, habits=habits), trust)
    assert reading.checks.failure() is None
    assert (reading.full_name, reading.dg13["mother"]) == (MAU_THU.full_name, MAU_THU.mother)


def test_a_card_without_dg13_still_checks_in(authority: TrainingAuthority, trust: TrustStore) -> None:
    reading = read(authority.issue(MAU_THU, habits=Habits(has_dg13=False)), trust)
    assert reading.checks.failure() is None
    assert (reading.full_name, reading.dg13) == ("NGUYEN THI MAU THU", {})


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_dg13_with_a_changed_head_is_not_just_left_out(
    position: int, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    changed = bytearray(card.files[13])
    changed[position] ^= 0x08
    reading = read(replace(card, files={**card.files, 13: bytes(changed)}), trust)
    assert reading.checks.failure() == Reason.GROUP_CHANGED


def test_the_qr_code_opens_a_card_without_pace(authority: TrainingAuthority, trust: TrustStore) -> None:
    code = IdCardQr(
        id_number=MAU_THU.id_number,
        old_id=None,
        full_name=MAU_THU.full_name,
        birth_date=MAU_THU.birth_date.isoformat(),
        sex=MAU_THU.sex,
        address=MAU_THU.residence,
        issue_date=MAU_THU.issue_date,
    )
    reading = read(authority.issue(MAU_THU, habits=PLAIN), trust, AccessKeys.from_qr(code))
    assert (reading.access, reading.checks.failure()) == ("BAC", None)


@pytest.mark.parametrize("habits", [Habits(), Habits(bac=False), Habits(select_mf=True)], ids=str)
def test_the_number_alone_opens_a_card_with_pace(
    habits: Habits, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=habits)
    reading = read(card, trust, AccessKeys.from_number(MAU_THU.id_number), expected_id=MAU_THU.id_number)
    assert (reading.access, reading.checks.failure()) == ("PACE-CAN", None)


def test_the_zone_opens_a_card_with_pace(authority: TrainingAuthority, trust: TrustStore) -> None:
    reading = read(authority.issue(MAU_THU), trust)
    assert (reading.access, reading.checks.failure()) == ("PACE-MRZ", None)


def test_after_a_wrong_access_number_the_zone_is_tried(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    reading = read(card, trust, AccessKeys.from_can("999999").also(zone(card)))
    assert (reading.access, reading.checks.failure()) == ("PACE-MRZ", None)


def test_a_wrong_access_number_is_denied(authority: TrainingAuthority, trust: TrustStore) -> None:
    with pytest.raises(AccessDenied):
        read(authority.issue(MAU_THU), trust, AccessKeys.from_can("999999"))


class Attempts:
    """Counts how often a card is asked to authenticate."""

    def __init__(self, card: Transport) -> None:
        self.card, self.mutual = card, 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.mutual += command[1] == 0x82
        return self.card.send_and_receive(command)


def test_a_card_is_never_asked_more_than_twice(authority: TrainingAuthority, trust: TrustStore) -> None:
    wrong = [zone(authority.issue(SAMPLES[name])) for name in ("mau-cu", "het-han", "vo-danh")]
    card = Attempts(LocalCard(Chip(authority.issue(MAU_THU, habits=PLAIN))))
    with pytest.raises(AccessDenied):
        read_card(card, wrong[0].also(wrong[1]).also(wrong[2]), trust=trust, now=NOW)
    assert card.mutual == 2


def test_a_wrong_zone_is_denied(authority: TrainingAuthority, trust: TrustStore) -> None:
    other = zone(authority.issue(SAMPLES["mau-cu"], habits=PLAIN))
    with pytest.raises(AccessDenied):
        read(authority.issue(MAU_THU, habits=PLAIN), trust, other)


def test_a_card_without_pace_does_not_open_with_the_number(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    with pytest.raises(KeyMissing):
        read(authority.issue(MAU_THU, habits=PLAIN), trust, AccessKeys.from_number(MAU_THU.id_number))


def test_a_card_lifted_at_any_moment_is_called_lifted(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    for commands in range(read(card, trust).commands):
        with pytest.raises(CardLifted):
            read(replace(card, habits=Habits(lifted_after=commands)), trust)
