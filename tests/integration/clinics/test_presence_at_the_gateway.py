"""The desk's proofs before the real gateway, served as a process of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bhyt.records.eligibility import Clerk
from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_CARD_ACCESS, EF_SOD
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import ChipKeys, IssuedCard, TrainingAuthority, security_object
from cardreader.emulator.local import LocalCard
from cardreader.emulator.offers import PaceOffer, RsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.lds.tlv import read_one
from clinics.checkin import CheckInResult
from clinics.entry import read_entry
from clinics.settings import load_settings, save_settings
from clinics.station import Station
from tests.integration.clinics.insurer import gateway_with_desk
from tests.unit.cardreader.chip_side import dg14

MOTHER = SAMPLES["mau-thu"]


@pytest.fixture(scope="module")
def today_authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=datetime.now(UTC))


@pytest.fixture(scope="module")
def station(
    today_authority: TrainingAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Station]:
    folder: Path = tmp_path_factory.mktemp("insurer")
    trust = today_authority.save(folder / "authority")
    desk = folder / "desk"
    with gateway_with_desk(folder, desk, training=trust):
        save_settings(desk, training=True, dg13_legal_basis="Hợp đồng 12/2026")
        with Station.open(load_settings(desk)) as opened:
            yield opened


def _tap(station: Station, card: IssuedCard) -> CheckInResult:
    return station.check_in(
        LocalCard(Chip(card)),
        read_entry(MOTHER.id_number),
        station.arriving(Clerk("Trần Thị Tiếp Đón", "033190000009"), arrival="regular"),
        reader="Reader 1",
        report=lambda _step: None,
    )


@pytest.mark.parametrize(
    ("habits", "level"),
    [
        pytest.param(Habits(), "chip-proven", id="signs-and-agrees"),
        pytest.param(Habits(active=RsaOffer(bits=1024), chip=None), "chip-proven", id="signs-by-rsa"),
        pytest.param(Habits(active=None), "chip-proven", id="agrees-on-a-key"),
        pytest.param(
            Habits(active=RsaOffer(bits=2048), extended_length=False), "chip-proven", id="signs-too-long"
        ),
        pytest.param(
            Habits(active=RsaOffer(bits=2048), extended_length=False, chip=None),
            "chip-read",
            id="signs-too-long-and-has-no-other-key",
        ),
        pytest.param(
            Habits(active=None, pace_offers=(PaceOffer(mapping="CAM"),)), "chip-proven", id="agrees-after-cam"
        ),
        pytest.param(Habits(has_chip_keys=False), "chip-read", id="no-keys"),
    ],
)
def test_the_gateway_states_what_the_card_can_prove(
    station: Station, today_authority: TrainingAuthority, habits: Habits, level: str
) -> None:
    result = _tap(station, today_authority.issue(MOTHER, habits=habits))
    assert result.answer is not None, result.code
    assert (result.answer.assurance, result.code) == (level, "eligibility.person-unknown")


AGREES, SIGNS_TOO_LONG = Habits(active=None), Habits(active=RsaOffer(bits=2048))


@pytest.mark.parametrize(
    ("habits", "pretended", "code"),
    [
        pytest.param(AGREES, AGREES, "proof.chip-unanswered", id="agrees-on-a-key"),
        pytest.param(
            SIGNS_TOO_LONG,
            replace(SIGNS_TOO_LONG, extended_length=False),
            "proof.chip-unanswered",
            id="says-that-its-signature-is-too-long",
        ),
    ],
)
def test_a_copy_that_hides_the_chip_key_which_it_lacks_is_refused(
    station: Station, today_authority: TrainingAuthority, habits: Habits, pretended: Habits, code: str
) -> None:
    genuine = today_authority.issue(MOTHER, habits=habits)
    files = {number: file for number, file in genuine.files.items() if number != 14}
    copy = replace(genuine, files=files, habits=pretended, keys=ChipKeys.generate(habits))
    result = _tap(station, copy)
    assert (result.outcome, result.code, result.answer) == ("not-genuine", code, None)


def test_a_card_that_is_silent_for_any_other_reason_than_length_is_refused(
    station: Station, today_authority: TrainingAuthority
) -> None:
    """Its DG14 is signed, and broken in a way that nobody can ask for the key that is in it."""
    card = today_authority.issue(MOTHER, habits=AGREES)
    unknown = bytes.fromhex("300C060A04007F00070202030202")
    keys = dg14(read_one(card.files[EF_CARD_ACCESS], 0x31), unknown)
    groups = {number: file for number, file in card.files.items() if number in (1, 2, 13)} | {14: keys}
    sod = security_object(groups, signer=today_authority.signer, habits=AGREES)
    bare = replace(card, files={**card.files, **groups, EF_SOD: sod})
    result = _tap(station, bare)
    assert (result.outcome, result.code, result.answer) == ("not-genuine", "proof.chip-key-refused", None)
