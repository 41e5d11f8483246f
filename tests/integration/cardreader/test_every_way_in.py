"""Every way into a chip, and for it to prove itself, against the emulator, which was written separately."""

from dataclasses import replace
from itertools import product

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.access.opening import WAYS
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import ChipKeys, IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.offers import ChipOffer, PaceOffer, RsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import CipherKind
from cardreader.errors import AccessDenied, CardError, CardRefused, KeyMissing
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card
from cardreader.transport import Transport
from tests.integration.cardreader.conftest import NOW

MAU_THU = SAMPLES["mau-thu"]
NUMBER = AccessKeys.from_number(MAU_THU.id_number)
CURVES, FIELDS = range(8, 19), range(3)
PASSED = Check("passed")


def zone(card: IssuedCard) -> AccessKeys:
    return AccessKeys(zones=(card.access_information,))


def read(
    card: IssuedCard,
    trust: TrustStore,
    keys: AccessKeys = NUMBER,
    *,
    transport: Transport | None = None,
    ways: tuple[str, ...] = WAYS,
    wanted: tuple[int, ...] = (1, 13, 14, 15),
) -> CardReading:
    chip = transport or LocalCard(Chip(card))
    return read_card(chip, keys, trust=trust, now=NOW, ways=ways, wanted=wanted)


OFFERS = [
    *(PaceOffer("GM", cipher, number) for cipher, number in product(CipherKind, (13, 0, 2))),
    *(PaceOffer("IM", cipher, number) for cipher, number in product(CipherKind, (13, 0, 2))),
    *(PaceOffer("GM", CipherKind.AES_128, number) for number in (*CURVES, *FIELDS)),
    *(PaceOffer("IM", CipherKind.AES_256, number) for number in (*CURVES, *FIELDS) if number != 10),
    *(PaceOffer("CAM", CipherKind.AES_128, number) for number in CURVES),
    *(PaceOffer("CAM", cipher, 13) for cipher in (CipherKind.AES_192, CipherKind.AES_256)),
]


def named(offer: PaceOffer | ChipOffer) -> str:
    mapping = f"{offer.mapping} " if isinstance(offer, PaceOffer) else ""
    return f"{mapping}{offer.cipher.name} {offer.parameter_id}"


@pytest.mark.parametrize("offer", dict.fromkeys(OFFERS), ids=named)
def test_every_form_of_pace_opens_the_card(
    offer: PaceOffer, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(pace_offers=(offer,), chip=None))
    reading = read(card, trust, wanted=(1, 14))
    assert (reading.access, reading.checks.failure()) == ("PACE-CAN", None)
    assert reading.checks.level == ("chip-proven" if offer.mapping == "CAM" else "chip-read")


@pytest.mark.parametrize("offer", [PaceOffer("CAM"), PaceOffer("GM", CipherKind.TRIPLE_DES)], ids=named)
def test_every_password_opens_the_card(
    offer: PaceOffer, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(pace_offers=(offer,)))
    assert read(card, trust, zone(card)).access == "PACE-MRZ"
    with pytest.raises(AccessDenied):
        read(card, trust, AccessKeys.from_can("999999"))


MAPPED = Habits(pace_offers=(PaceOffer("CAM"),))


def test_the_chip_mapping_over_the_key_of_dg14_takes_the_place_of_chip_authentication(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    keys = ChipKeys.generate(MAPPED)
    reading = read(authority.issue(MAU_THU, habits=MAPPED, keys=replace(keys, mapping=keys.chip)), trust)
    assert (reading.checks.active, reading.checks.chip) == (PASSED, PASSED)
    assert reading.evidence.card_security is not None
    assert reading.evidence.chip_answer is None


def test_the_key_of_dg14_is_asked_where_the_mapping_proved_another(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    reading = read(authority.issue(MAU_THU, habits=MAPPED), trust)
    assert (reading.checks.chip, bool(reading.evidence.chip_answer)) == (PASSED, True)


CHIPS = [ChipOffer(cipher, number) for cipher, number in product(CipherKind, (13, 18, 0, 2))]


@pytest.mark.parametrize("offer", CHIPS, ids=named)
def test_every_form_of_chip_authentication_proves_the_chip(
    offer: ChipOffer, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(pace=False, active=None, chip=offer))
    reading = read(card, trust, zone(card))
    assert (reading.checks.chip, reading.checks.level) == (PASSED, "chip-proven")
    assert reading.checks.active == Check("absent", Reason.ACTIVE_ABSENT)


def test_the_strongest_of_several_offers_is_taken_and_the_next_when_the_chip_does_not_go_along(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    offers = (
        PaceOffer("GM", CipherKind.AES_128, 12),
        PaceOffer("GM", CipherKind.AES_128, 13),
        PaceOffer("GM", CipherKind.AES_256, 13),
    )
    card = authority.issue(MAU_THU, habits=Habits(pace_offers=offers))
    strongest = Refusing(LocalCard(Chip(card)), bytes(8))
    assert read(card, trust, transport=strongest).checks.level == "chip-proven"
    assert [command[16] for command in strongest.announced] == [CipherKind.AES_256]
    stubborn = Refusing(LocalCard(Chip(card)), bytes.fromhex("04007F00070202040204"))
    assert read(card, trust, transport=stubborn).access == "PACE-CAN"
    assert [command[16] for command in stubborn.announced] == [CipherKind.AES_256, CipherKind.AES_128]


class Refusing:
    """A card that refuses to set up what contains some bytes, and keeps what it was asked to set up."""

    def __init__(self, card: Transport, refused: bytes) -> None:
        self.card, self.refused = card, refused
        self.announced: list[bytes] = []

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        if command[1:4] == b"\x22\xc1\xa4":
            self.announced.append(command)
            if self.refused in command:
                return b"", 0x6A80
        return self.card.send_and_receive(command)


def test_a_chip_that_does_no_pace_with_the_number_is_opened_with_the_zone(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    both = NUMBER.also(zone(card))
    transport = Refusing(LocalCard(Chip(card)), bytes.fromhex("830102"))
    assert read(card, trust, both, transport=transport).access == "PACE-MRZ"
    transport = Refusing(LocalCard(Chip(card)), bytes.fromhex("8301"))
    assert read(card, trust, both, transport=transport).access == "BAC"


@pytest.mark.parametrize(
    ("ways", "opened"),
    [
        (("PACE-CAN",), "PACE-CAN"),
        (("PACE-MRZ",), "PACE-MRZ"),
        (("BAC",), "BAC"),
        (("PACE-MRZ", "BAC"), "PACE-MRZ"),
    ],
    ids=str,
)
def test_only_the_ways_that_were_named_are_tried(
    ways: tuple[str, ...], opened: str, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    reading = read(card, trust, NUMBER.also(zone(card)), ways=ways)
    assert reading.access == opened
    assert (reading.evidence.card_access is None) == (opened == "BAC")


@pytest.mark.parametrize(
    ("habits", "ways", "error"),
    [
        pytest.param(Habits(pace=False), ("PACE-CAN",), KeyMissing, id="no PACE"),
        pytest.param(Habits(), ("BAC",), KeyMissing, id="no zone for BAC"),
        pytest.param(Habits(), ("PACE-MRZ",), KeyMissing, id="no zone for PACE"),
    ],
)
def test_a_way_that_the_card_or_the_keys_do_not_have_is_said_to_lack(
    habits: Habits,
    ways: tuple[str, ...],
    error: type[CardError],
    authority: TrainingAuthority,
    trust: TrustStore,
) -> None:
    with pytest.raises(error):
        read(authority.issue(MAU_THU, habits=habits), trust, ways=ways)


def test_a_card_without_bac_refuses_it(authority: TrainingAuthority, trust: TrustStore) -> None:
    card = authority.issue(MAU_THU, habits=Habits(bac=False))
    with pytest.raises(CardRefused):
        read(card, trust, zone(card), ways=("BAC",))


@pytest.mark.parametrize("in_session", ["refused", "ends it"])
@pytest.mark.parametrize("pace", [True, False], ids=["PACE", "BAC"])
def test_a_card_that_takes_long_commands_in_the_clear_only_is_read_in_short_ones(
    in_session: str, pace: bool, authority: TrainingAuthority, trust: TrustStore
) -> None:
    habits = Habits(pace=pace, extended_in_session="refused" if in_session == "refused" else "ends it")
    card = authority.issue(MAU_THU, habits=habits)
    transport = Attempts(LocalCard(Chip(card)))
    reading = read(card, trust, NUMBER.also(zone(card)), transport=transport)
    assert (reading.extended, reading.checks.level) == (False, "chip-proven")
    assert transport.count == (2 if in_session == "ends it" else 1)


class Attempts:
    """Counts how often a card is asked to open itself, by either protocol."""

    def __init__(self, card: Transport) -> None:
        self.card, self.count = card, 0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.count += command[1] == 0x82 or command[1:4] == b"\x22\xc1\xa4"
        return self.card.send_and_receive(command)


class Truncating:
    """A reader that cuts long answers, as one without extended length may do."""

    def __init__(self, card: Transport) -> None:
        self.card = card

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        data, sw = self.card.send_and_receive(command)
        return data[:256], sw


def test_a_reader_that_cuts_long_answers_is_used_in_short(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    reading = read(card, trust, transport=Truncating(LocalCard(Chip(card))))
    assert (reading.extended, reading.checks.level) == (False, "chip-proven")


@pytest.mark.parametrize("piece", [None, 256, 100])
def test_a_long_signature_on_a_card_of_short_commands_passes_in_pieces_or_is_not_asked_for(
    piece: int | None, authority: TrainingAuthority, trust: TrustStore
) -> None:
    habits = Habits(extended_length=False, active=RsaOffer(bits=2048), answer_piece=piece)
    reading = read(authority.issue(MAU_THU, habits=habits), trust)
    not_done = Check("not-done", Reason.ACTIVE_NOT_DONE)
    assert (reading.checks.active, reading.checks.chip) == (PASSED if piece else not_done, PASSED)
    assert (reading.nonce is None) == (piece is None)
