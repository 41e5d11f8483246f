"""What a copy hides or brings along, so that it is asked for no key or for another card's."""

from dataclasses import replace

import pytest

from cardreader.emulator.files import EF_CARD_ACCESS, EF_CARD_SECURITY
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.security_infos import card_access, card_security
from cardreader.emulator.security_object import SECURITY_INFOS
from cardreader.emulator.suites import CipherKind
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from tests.integration.cardreader.test_every_way_in import MAPPED, MAU_THU, read, zone
from tests.unit.cardreader.issuing import certify, signed_message


@pytest.mark.parametrize("country", ["VN", "UT"])
def test_the_mapping_of_another_card_does_not_prove_a_copy(
    country: str, authority: TrainingAuthority, trust: TrustStore
) -> None:
    """The copy has the holder's files, and EF.CardSecurity and its key from somebody else's card."""
    habits = replace(MAPPED, active=None)
    other = authority.issue(SAMPLES["vo-danh"], habits=habits)
    assert other.keys.mapping is not None
    security = other.files[EF_CARD_SECURITY]
    if country != "VN":
        root = certify("CSCA", country=country)
        infos = card_security(habits, other.keys.mapping)
        security = signed_message(infos, certify("DS", by=root), content_type=SECURITY_INFOS)
        trust = TrustStore([*trust.authorities, parse_certificate(root.der)], training=True)
    genuine = authority.issue(MAU_THU, habits=habits)
    copy = replace(genuine, files={**genuine.files, EF_CARD_SECURITY: security}, keys=other.keys)
    checks = read(copy, trust).checks
    assert (checks.chip, checks.level) == (Check("failed", Reason.CHIP_ANSWER_WRONG), None)


STRONG, WEAK = PaceOffer(cipher=CipherKind.AES_256), PaceOffer(cipher=CipherKind.TRIPLE_DES)


def test_a_card_that_no_longer_shows_its_stronger_offer_is_refused(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card, fewer = (
        authority.issue(MAU_THU, habits=Habits(pace_offers=(STRONG, WEAK))),
        Habits(pace_offers=(WEAK,)),
    )
    assert read(card, trust).checks.level == "chip-proven"
    shown = replace(card, files={**card.files, EF_CARD_ACCESS: card_access(fewer)}, habits=fewer)
    checks = read(shown, trust).checks
    assert (checks.consistent, checks.level) == (Check("failed", Reason.ACCESS_DIFFERS), None)


def test_a_card_without_card_access_is_read_by_bac_whatever_dg14_tells_of_pace(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU)
    files = {number: file for number, file in card.files.items() if number != EF_CARD_ACCESS}
    reading = read(replace(card, files=files, habits=Habits(pace=False)), trust, zone(card))
    assert (reading.access, reading.checks.level) == ("BAC", "chip-proven")


def test_a_copy_that_hides_its_listed_chip_key_is_refused(
    authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(active=None))
    hiding = replace(card, files={number: file for number, file in card.files.items() if number != 14})
    checks = read(hiding, trust).checks
    assert (checks.chip, checks.level) == (Check("failed", Reason.CHIP_UNANSWERED), None)
    checks = read(hiding, trust, wanted=(1, 13, 15)).checks
    assert (checks.chip, checks.level) == (Check("not-done", Reason.CHIP_NOT_DONE), "chip-read")
