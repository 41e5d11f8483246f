"""The reader against every habit and every forgery of the emulator, with extended length and without.

The emulator was written apart from the reader; what must come out is in the table of `outcomes`.
"""

from dataclasses import replace

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.emulator.catalog import HABITS, combined
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.mrz import machine_readable_zone
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import FORGERIES, Forgery, tampered
from cardreader.errors import CardError, CardLifted
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.reasons import Check
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card
from tests.integration.cardreader.conftest import NOW
from tests.integration.cardreader.outcomes import (
    ALL_GROUPS,
    COMBINATIONS,
    FORGERY_OUTCOMES,
    HABIT_OUTCOMES,
    SHA_1,
    SHORT_OUTCOMES,
    USUAL,
    Combination,
    Outcome,
)

CITIZEN = SAMPLES["mau-thu"]
KEYS = AccessKeys.from_number(CITIZEN.id_number).also(AccessKeys.from_mrz(machine_readable_zone(CITIZEN)))

either_length = pytest.mark.parametrize("short", [False, True], ids=["extended", "short"])


def read(
    card: IssuedCard, trust: TrustStore, *, short: bool, wanted: tuple[int, ...] = ALL_GROUPS
) -> CardReading:
    """Read the card with all that is printed on it; about lengths the reader finds out unless told."""
    return read_card(
        LocalCard(Chip(card)),
        KEYS,
        trust=trust,
        now=NOW,
        expected_id=CITIZEN.id_number,
        wanted=wanted,
        extended=False if short else None,
    )


def outcome(card: IssuedCard, trust: TrustStore, *, short: bool) -> Outcome:
    """Return what the reader says of the card."""
    try:
        reading = read(card, trust, short=short)
    except CardError as error:
        return Outcome(error=error.code)
    checks = reading.checks
    return Outcome(
        access=reading.access,
        passive=said(checks.passive),
        active=said(checks.active),
        chip=said(checks.chip),
        consistent=said(checks.consistent),
        level=checks.level,
        groups=tuple(sorted(reading.evidence.data_groups)),
    )


def said(check: Check) -> str:
    return check.status if check.reason is None else f"{check.status} {check.reason}"


@either_length
@pytest.mark.parametrize("name", HABITS)
def test_every_habit_is_read_for_what_it_is(
    authority: TrainingAuthority, trust: TrustStore, name: str, short: bool
) -> None:
    expected = HABIT_OUTCOMES.get(name, USUAL)
    if short:
        expected = SHORT_OUTCOMES.get(name, expected)
    assert outcome(authority.issue(CITIZEN, habits=HABITS[name]), trust, short=short) == expected


@either_length
@pytest.mark.parametrize("forgery", FORGERIES)
def test_every_forgery_is_found_for_what_it_is(
    authority: TrainingAuthority, trust: TrustStore, forgery: Forgery, short: bool
) -> None:
    card = tampered(authority.issue(CITIZEN), CITIZEN, forgery)
    assert outcome(card, trust, short=short) == FORGERY_OUTCOMES[forgery]


@either_length
@pytest.mark.parametrize("row", COMBINATIONS, ids=lambda row: row.name)
def test_every_combination_is_read_for_what_it_is(
    authority: TrainingAuthority, trust: TrustStore, row: Combination, short: bool
) -> None:
    card = authority.issue(CITIZEN, habits=combined(*row.habits))
    if row.forgery is not None:
        card = tampered(card, CITIZEN, row.forgery)
    expected = row.short if short and row.short else row.outcome
    assert outcome(card, trust, short=short) == expected


@pytest.mark.parametrize("name", [name for name, expected in HABIT_OUTCOMES.items() if expected == SHA_1])
def test_sha_1_is_accepted_where_it_was_allowed(authority: TrainingAuthority, name: str) -> None:
    allowing = TrustStore([parse_certificate(authority.csca)], training=True, sha1=True)
    assert outcome(authority.issue(CITIZEN, habits=HABITS[name]), allowing, short=False) == USUAL


@pytest.mark.parametrize("name", ["Tiep Don training", "Another"], ids=["same name", "another name"])
def test_cards_of_two_trusted_authorities_are_both_proven(
    authority: TrainingAuthority, trust: TrustStore, name: str
) -> None:
    other = TrainingAuthority.create(now=NOW, name=name)
    both = TrustStore([parse_certificate(each.csca) for each in (authority, other)], training=True)
    for issuer in (authority, other):
        assert outcome(issuer.issue(CITIZEN), both, short=False) == USUAL
    assert outcome(other.issue(CITIZEN), trust, short=False).passive == "failed proof.authority-unknown"


@either_length
def test_a_group_that_the_card_keeps_to_itself_costs_no_second_way_in(
    authority: TrainingAuthority, trust: TrustStore, short: bool
) -> None:
    """RSA of 2,048 bits: after a second way in, for short commands only, its signature would not fit."""
    refusing = combined("dg13-unreadable", "aa-rsa2048")
    card, usual = (authority.issue(CITIZEN, habits=each) for each in (refusing, HABITS["aa-rsa2048"]))
    reading = read(card, trust, short=short)
    assert abs(reading.commands - read(usual, trust, short=short).commands) <= 2
    assert (reading.left_out, reading.checks.level) == ({13: "card.refused"}, "chip-proven")
    assert (reading.checks.active.status == "passed") is not short


LIFTED = (
    "usual",
    "no-pace",
    "short-only",
    "short-or-session-ends",
    "get-response-pieces",
    "pace-cam-and-gm",
    "ca-alone-3des",
)


@pytest.mark.parametrize("name", LIFTED)
def test_a_card_lifted_after_any_command_is_called_lifted(
    authority: TrainingAuthority, trust: TrustStore, name: str
) -> None:
    card = authority.issue(CITIZEN, habits=HABITS[name])
    wanted = (1, 13, 14, 15)
    for commands in range(read(card, trust, short=False, wanted=wanted).commands):
        lifted = replace(card, habits=replace(card.habits, lifted_after=commands))
        with pytest.raises(CardLifted):
            read(lifted, trust, short=False, wanted=wanted)


def test_the_table_has_no_row_that_names_nothing() -> None:
    assert set(HABIT_OUTCOMES) | set(SHORT_OUTCOMES) <= set(HABITS)
    assert set(FORGERY_OUTCOMES) == set(FORGERIES)
    assert HABITS["usual"] == Habits()
