"""The desk's proofs before the real gateway, served as a process of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bhyt.records.eligibility import Clerk
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.offers import PaceOffer, RsaOffer
from cardreader.emulator.samples import SAMPLES
from clinics.checkin import CheckInResult
from clinics.entry import read_entry
from clinics.settings import load_settings, save_settings
from clinics.station import Station
from tests.integration.clinics.insurer import gateway_with_desk

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


def _tap(station: Station, authority: TrainingAuthority, habits: Habits) -> CheckInResult:
    return station.check_in(
        LocalCard(Chip(authority.issue(MOTHER, habits=habits))),
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
    result = _tap(station, today_authority, habits)
    assert result.answer is not None, result.code
    assert (result.answer.assurance, result.code) == (level, "eligibility.person-unknown")
