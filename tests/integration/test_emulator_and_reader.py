"""Every sample, genuine and forged, told apart by the reader: in this process and over the real pcscd."""

from datetime import UTC, datetime

import pytest

from cardreader import pcsc
from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.pcscd import ReaderSlot
from cardreader.emulator.samples import SAMPLES, Citizen
from cardreader.emulator.tampering import tampered
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from cardreader.transport import Transport

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
REASONS = {None: None, "dg1": "proof.group-changed", "sod": "proof.signature-invalid"}


@pytest.fixture(scope="module")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


def issued(authority: TrainingAuthority, citizen: Citizen, forgery: str | None) -> IssuedCard:
    card = authority.issue(citizen)
    return card if forgery is None else tampered(card, citizen, forgery)


def reason_to_refuse(transport: Transport, citizen: Citizen, authority: TrainingAuthority) -> str | None:
    """Read the card with what is printed on it; a card that is not refused must name the citizen."""
    trust = TrustStore([parse_certificate(authority.csca)], training=True)
    keys = AccessKeys.from_number(citizen.id_number).also(AccessKeys.from_mrz(machine_readable_zone(citizen)))
    reading = read_card(transport, keys, trust=trust, now=NOW)
    failure = reading.checks.failure()
    if failure is None:
        assert (reading.training, reading.full_name, reading.access) == (True, citizen.full_name, "PACE-CAN")
    return failure


@pytest.mark.parametrize("forgery", REASONS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_card_in_this_process_is_accepted_or_refused_for_the_right_reason(
    authority: TrainingAuthority, name: str, forgery: str | None
) -> None:
    card = LocalCard(Chip(issued(authority, SAMPLES[name], forgery)))
    assert reason_to_refuse(card, SAMPLES[name], authority) == REASONS[forgery]


@pytest.mark.pcscd
@pytest.mark.parametrize(
    ("name", "forgery"), [*((name, None) for name in SAMPLES), ("het-han", "dg1"), ("vo-danh", "sod")]
)
def test_a_card_on_the_real_service_is_accepted_or_refused_for_the_right_reason(
    virtual_reader: ReaderSlot, authority: TrainingAuthority, name: str, forgery: str | None
) -> None:
    virtual_reader.insert(Chip(issued(authority, SAMPLES[name], forgery)))
    with pcsc.connect(virtual_reader.reader_name) as transport:
        assert reason_to_refuse(transport, SAMPLES[name], authority) == REASONS[forgery]
