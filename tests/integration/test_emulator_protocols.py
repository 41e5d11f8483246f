"""Every way of PACE that the emulator offers, spoken from the first command to a file inside the session."""

from datetime import UTC, datetime

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.domains import PARAMETER_IDS
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.mrz import access_information
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import CipherKind
from tests.unit.emulator.terminal import Terminal

CITIZEN = SAMPLES["mau-thu"]


@pytest.fixture(scope="module")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=datetime(2026, 11, 22, 8, tzinfo=UTC))


OFFERS = [
    *(PaceOffer("GM", CipherKind.AES_128, parameter_id) for parameter_id in PARAMETER_IDS),
    *(PaceOffer("GM", kind, 12) for kind in CipherKind),
    *(PaceOffer("IM", kind, 16) for kind in CipherKind),
    *(PaceOffer("IM", kind, 1) for kind in CipherKind),
    *(PaceOffer("CAM", kind, 15) for kind in CipherKind if kind is not CipherKind.TRIPLE_DES),
]


@pytest.mark.parametrize("offer", OFFERS, ids=lambda o: f"{o.mapping}-{o.cipher.name}-{o.parameter_id}")
def test_every_way_of_pace_opens_the_chip_with_either_password(authority, offer: PaceOffer) -> None:
    chip = Chip(authority.issue(CITIZEN, habits=Habits(pace_offers=(offer,))))
    for opens in ("number", "zone"):
        chip.reset()
        session = Terminal(chip)
        if opens == "number":
            answer = session.open_with_pace(CITIZEN.can, offer)
        else:
            answer = session.open_with_pace_by_zone(access_information(CITIZEN), offer)
        assert answer[-2:].hex() == "9000"
        session.send("00A4040C", bytes.fromhex("A0000002471001"))
        assert session.send("00B08100", expected=b"\x00")[0][:5].hex() == "615d5f1f5a"
