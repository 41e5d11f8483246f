"""One tap through the real reader, the real outbox and a gateway at our own port."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bhyt.national import read_file
from bhyt.parsing import parse
from bhyt.r4.checkin import presence_receipt
from bhyt.r4.eligibility import response_from_fhir, response_to_fhir
from bhyt.r4.wire import write
from bhyt.records.checkin import CheckIn
from bhyt.records.eligibility import Reason
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery, tampered
from cardreader.errors import AccessDenied, CardLifted
from cardreader.proof.trust import TrustStore
from clinics.desk import view
from clinics.national_row import national_row
from clinics.report import failures, to_json, to_lines
from failures import failure
from tests.integration.clinics.conftest import NOW
from tests.integration.clinics.counter import Counter
from tests.integration.clinics.fake_gateway import FakeGateway, Reply
from tests.integration.clinics.world import register

NUMBER, OTHER = "033300000001", "033040000002"
DEATH = "eligibility.death-reported"


Cards = Callable[[str], IssuedCard]


def test_a_covered_person_is_checked_in_once_with_the_presence_receipt(counter: Counter, card: Cards) -> None:
    result = counter.tap(card("mau-thu"))
    assert (result.outcome, result.code, result.stored) == ("covered", None, "stored")
    assert counter.steps == ["reading", "proving", "asking", "storing"]
    (made,) = counter.stored()
    assert (made.patient.national_id, made.facility, made.visit_category) == (NUMBER, "33999", "1.1")
    assert result.receipt is not None
    assert result.receipt.startswith("Encounter/")
    (body,) = counter.fake.stored.values()
    assert presence_receipt(parse(body)) == "receipt-1"
    assert counter.counts() == {"pending": 0, "sent": 1, "refused": 0}


def test_the_national_row_of_a_check_in_is_complete_and_reads_back_as_the_same_check_in(
    counter: Counter, card: Cards
) -> None:
    made = counter.tap(card("mau-thu")).check_in
    assert made is not None
    row = national_row(made)
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in row.items())
    file = (
        "<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB><TRANG_THAI_KCB>"
        f"{fields}</TRANG_THAI_KCB></DSACH_TRANG_THAI_KCB><CHUKYDONVI/></CHI_TIEU_TRANG_THAI_KCB>"
    )
    found = read_file(file.encode())
    assert found.problems == ()
    (read,) = found.records
    assert isinstance(read, CheckIn)
    assert (read.visit_id, read.covers, read.arrived, read.first_cost) == (
        made.visit_id,
        made.covers,
        made.arrived,
        made.first_cost,
    )
    assert len(row) == 26


def test_the_second_tap_of_a_day_adds_nothing_and_says_so(counter: Counter, card: Cards) -> None:
    first = counter.tap(card("mau-thu"))
    counter.now += timedelta(hours=1)
    second = counter.tap(card("mau-thu"))
    assert (second.outcome, second.stored, second.receipt) == ("covered", "already-stored", first.receipt)
    assert len(counter.stored()) == 1
    counter.now += timedelta(days=1)
    assert counter.tap(card("mau-thu")).stored == "stored"


def test_the_hospitals_own_visit_key_makes_a_visit_of_its_own(counter: Counter, card: Cards) -> None:
    counter.tap(card("mau-thu"))
    result = counter.tap(card("mau-thu"), visit_id="HIS-2026-77")
    assert (result.stored, len(counter.stored())) == ("stored", 2)
    assert {made.visit_id for made in counter.stored()} >= {"HIS-2026-77"}


def test_a_visit_under_the_hospitals_own_key_is_checked_in_once_however_often_the_card_is_tapped(
    counter: Counter, card: Cards
) -> None:
    first = counter.tap(card("mau-thu"), visit_id="HIS-2026-77")
    for later in (timedelta(minutes=10), timedelta(days=2)):
        counter.now += later
        again = counter.tap(card("mau-thu"), visit_id="HIS-2026-77")
        assert (again.outcome, again.stored, again.receipt) == ("covered", "already-stored", first.receipt)
    assert len(counter.stored()) == 1
    assert counter.counts() == {"pending": 0, "sent": 1, "refused": 0}


@pytest.mark.parametrize("failing", ["Encounter", "$submit"], ids=["after-the-answer", "before-it"])
def test_a_key_that_was_typed_for_another_person_does_not_take_the_place_of_what_waits(
    counter: Counter, card: Cards, failing: str
) -> None:
    counter.fake.broken = lambda path: FakeGateway.outcome(503, "x") if failing in path else None
    assert counter.tap(card("mau-thu"), visit_id="HIS-2026-77").stored in {"waiting", "kept"}
    counter.fake.broken = lambda _path: None
    counter.fake.eligibility = lambda body: register(body, members=(NUMBER, OTHER))
    counter.now += timedelta(minutes=20)
    counter.tap(card("mau-cu"), scanned="mau-cu", visit_id="HIS-2026-77")
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    # Both are asked to be stored; the real gateway refuses the later one, for its key is the other's.
    assert {made.patient.national_id for made in counter.stored()} == {NUMBER, OTHER}


def test_somebody_not_covered_is_told_why_and_nothing_is_stored(counter: Counter, card: Cards) -> None:
    result = counter.tap(card("vo-danh"), scanned="vo-danh")
    assert (result.outcome, result.code, result.stored) == ("not-covered", "eligibility.person-unknown", None)
    assert counter.stored() == []
    assert counter.counts() == {"pending": 0, "sent": 0, "refused": 0}


@pytest.mark.parametrize("forgery", ["dg1", "sod"])
def test_a_tampered_card_is_refused_before_anything_of_it_is_sent(
    counter: Counter, card: Cards, forgery: Forgery
) -> None:
    citizen = SAMPLES["mau-thu"]
    result = counter.tap(tampered(card("mau-thu"), citizen, forgery))
    assert result.outcome == "not-genuine"
    assert result.code is not None
    assert result.code.startswith("proof.")
    assert "/presence" not in counter.fake.requests


def test_a_card_of_an_authority_that_is_not_pinned_is_refused(counter: Counter) -> None:
    stranger = TrainingAuthority.create(now=NOW).issue(SAMPLES["mau-thu"])
    assert counter.tap(stranger).outcome == "not-genuine"
    assert "/presence" not in counter.fake.requests


def test_a_training_card_is_refused_by_a_desk_that_is_not_for_training(
    counter: Counter, card: Cards, trust_dir: Path
) -> None:
    counter.trust = TrustStore.from_directory(trust_dir, training=False)
    assert counter.tap(card("mau-thu")).outcome == "not-genuine"


def test_a_card_that_the_gateway_does_not_find_genuine_is_refused(counter: Counter, card: Cards) -> None:
    counter.fake.presence = FakeGateway.json(422, {"code": "proof.authority-unknown"})
    result = counter.tap(card("mau-thu"))
    assert (result.outcome, result.code) == ("not-genuine", "proof.authority-unknown")
    assert counter.stored() == []


def test_another_persons_card_is_not_taken_for_the_number_that_was_scanned(
    counter: Counter, card: Cards
) -> None:
    with pytest.raises(AccessDenied):
        counter.tap(card("mau-cu"))


def test_a_card_that_is_lifted_stores_nothing(counter: Counter, card: Cards) -> None:
    lifted = LocalCard(Chip(card("mau-thu")))
    lifted.lift()
    with pytest.raises(CardLifted):
        counter.tap(lifted)
    assert "/presence" not in counter.fake.requests


def _down(status: int) -> Callable[[str], Reply | None]:
    return lambda _path: FakeGateway.outcome(status, "x")


def test_without_the_gateway_cover_is_unknown_and_the_arrival_is_kept_to_be_verified(
    counter: Counter, card: Cards
) -> None:
    counter.fake.broken = _down(503)
    result = counter.tap(card("mau-thu"))
    assert (result.outcome, result.code, result.stored) == ("unknown", "gateway.failed", "kept")
    assert counter.counts() == {"pending": 1, "sent": 0, "refused": 0}
    assert counter.tap(card("mau-thu")).stored == "kept"
    assert counter.counts()["pending"] == 1
    counter.fake.broken = lambda _path: None
    counter.now += timedelta(hours=2)
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    (made,) = counter.stored()
    assert made.arrived.to_datetime() == NOW
    assert counter.counts() == {"pending": 0, "sent": 1, "refused": 0}


def test_an_arrival_kept_in_an_outage_gives_way_to_a_later_tap_of_the_same_visit(
    counter: Counter, card: Cards
) -> None:
    counter.fake.broken = _down(503)
    counter.tap(card("mau-thu"))
    counter.fake.broken = lambda _path: None
    assert counter.tap(card("mau-thu")).stored == "stored"
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    assert len(counter.stored()) == 1


def test_an_arrival_kept_in_an_outage_by_somebody_not_covered_ends_as_refused(
    counter: Counter, card: Cards
) -> None:
    counter.fake.broken = _down(503)
    counter.tap(card("vo-danh"), scanned="vo-danh")
    counter.fake.broken = lambda _path: None
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    assert counter.counts() == {"pending": 0, "sent": 0, "refused": 1}
    assert counter.stored() == []


def test_a_desk_that_the_gateway_refuses_says_unknown_and_keeps_nothing(
    counter: Counter, card: Cards
) -> None:
    result = counter.tap(card("mau-thu"), client_id="somebody-else")
    assert (result.outcome, result.code, result.stored) == ("unknown", "auth.client-unknown", None)


def test_a_desk_that_asks_in_another_facilitys_name_is_told_of_its_settings_and_of_no_file(
    counter: Counter, card: Cards
) -> None:
    counter.fake.eligibility = lambda _body: FakeGateway.outcome(403, "auth.other-facility")
    result = counter.tap(card("mau-thu"))
    assert (result.outcome, result.code, result.stored) == ("unknown", "setup.facility-differs", None)


def test_a_covered_person_who_is_reported_dead_is_amber_with_what_to_do(
    counter: Counter, card: Cards
) -> None:
    def reported(body: bytes) -> Reply:
        status, headers, answer = register(body)
        found = response_from_fhir(parse(answer))
        warned = replace(found, warnings=(Reason(DEATH, "Đã có giấy báo tử.", "A death was reported."),))
        return status, headers, write(response_to_fhir(warned, request=parse(body)))

    counter.fake.eligibility = reported
    shown = view.shown(counter.tap(card("mau-thu")))
    assert (shown.tone, shown.brief) == ("caution", "Được hưởng, cần xem lại")
    assert shown.remedy == failure(DEATH).remedy
    assert shown.code == DEATH


def test_the_years_copayments_stand_among_the_facts_of_the_desk_and_in_the_report(
    counter: Counter, card: Cards
) -> None:
    def paid(body: bytes) -> Reply:
        status, headers, answer = register(body)
        found = replace(response_from_fhir(parse(answer)), copaid=Decimal("1250000.40"))
        return status, headers, write(response_to_fhir(found, request=parse(body)))

    counter.fake.eligibility = paid
    result = counter.tap(card("mau-thu"))
    (fact,) = [one for one in view.shown(result).facts if one.label.en == "Co-payments this year"]
    assert fact.value == "1.250.000 đồng"
    assert Decimal(to_json(result)["eligibility"]["copaid"]) == Decimal("1250000.40")


def test_an_unknown_cover_is_said_with_its_code_and_remedy(counter: Counter, card: Cards) -> None:
    counter.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    result = counter.tap(card("mau-thu"))
    assert failures(result) == ("gateway.failed",)
    assert failure("gateway.failed").message.vi not in "".join(to_lines(result))


def test_a_gateway_that_goes_away_after_saying_covered_leaves_the_check_in_waiting(
    counter: Counter, card: Cards
) -> None:
    counter.fake.broken = lambda path: FakeGateway.outcome(500, "x") if "Encounter" in path else None
    result = counter.tap(card("mau-thu"))
    assert (result.outcome, result.stored, result.storing_code) == ("covered", "waiting", "gateway.failed")
    counter.fake.broken = lambda _path: None
    counter.now += timedelta(minutes=20)
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    assert len(counter.stored()) == 1


def test_a_check_in_whose_presence_receipt_ended_while_it_waited_is_verified_anew(
    counter: Counter, card: Cards
) -> None:
    counter.fake.broken = lambda path: FakeGateway.outcome(500, "x") if "Encounter" in path else None
    assert counter.tap(card("mau-thu")).stored == "waiting"
    counter.fake.broken = lambda _path: None
    counter.fake.presence = FakeGateway.json(201, {"receipt": "receipt-2", "level": "chip-read"})
    counter.fake.refuse_record = lambda body: (
        FakeGateway.outcome(422, "presence.receipt-expired") if b"receipt-1" in body else None
    )
    counter.now += timedelta(hours=1)
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    (made,) = counter.stored()
    assert made.arrived.to_datetime() == NOW
    assert counter.counts() == {"pending": 0, "sent": 1, "refused": 0}


def test_an_answer_about_somebody_else_is_not_taken(counter: Counter, card: Cards) -> None:
    def swapped(body: bytes) -> Reply:
        return register(body.replace(b"033192000004", NUMBER.encode()))

    counter.fake.eligibility = swapped
    result = counter.tap(card("vo-danh"), scanned="vo-danh")
    assert (result.outcome, result.code) == ("unknown", "gateway.nonsense")
    assert counter.stored() == []


def test_the_result_is_said_in_both_languages_and_as_json_without_the_chips_raw_files(
    counter: Counter, card: Cards
) -> None:
    result = counter.tap(card("mau-thu"))
    lines = "\n".join(to_lines(result))
    assert "Được hưởng bảo hiểm y tế / Covered: 80\N{NO-BREAK SPACE}%" in lines
    said = to_json(result)
    assert said["outcome"] == "covered"
    assert "evidence" not in said["card"]
    assert "security_object" not in str(said)
