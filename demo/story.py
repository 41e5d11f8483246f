"""The story: one tap, one answer; refusals; a hospital's files; the insurer's questions. Real calls."""

from typing import Any

from bhyt.records.eligibility import Clerk, EligibilityAnswer
from cardreader.access.keys import AccessKeys
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery
from cardreader.proof.evidence import Evidence
from cardreader.reading import CardReading
from clinics.checkin import Arriving, CheckInResult, check_in
from demo import uploading
from demo.modified_agent import Given, ModifiedAgent, Verdict
from demo.processes import DemoFailed
from demo.stage import Stage
from demo.telling import Teller

PROVEN = "chip-proven"
CLERK = Clerk("LÊ THỊ VÍ DỤ", "033190000099")

Json = dict[str, Any]


def tell(stage: Stage, teller: Teller) -> None:
    """Tell all five chapters.

    Raises DemoFailed: a step did not end as the story says.
    """
    _a_citizen_is_received(stage, teller)
    _four_are_refused(stage, teller)
    _a_modified_desk_gains_nothing(stage, teller)
    _the_hospital_uploads(stage, teller)
    _the_insurer_asks(stage, teller)


def _a_citizen_is_received(stage: Stage, teller: Teller) -> None:
    teller.chapter(1, "Người dân đặt thẻ lên đầu đọc", "A citizen lays the card on the reader")
    result = _tap(stage, "mau-thu")
    if result.outcome != "covered" or result.stored != "stored" or not result.reading or not result.answer:
        raise DemoFailed(
            f"a covered citizen: {result.outcome}, {result.stored}, {result.code or result.storing_code}"
        )
    _tell_card(result.reading, stage.cards.reader_name(), teller)
    _tell_answer(result.answer, teller)
    if result.answer.assurance != PROVEN:
        raise DemoFailed(f"the tap is {result.answer.assurance}, not {PROVEN}")
    teller.good("check-in", f"{result.receipt}, assurance {result.answer.assurance}")
    if result.answer.training:
        words = "the gateway runs with --training: it takes the emulator's cards and marks every answer"
        teller.line("training", words, "yellow")


def _tell_card(reading: CardReading, reader: str | None, teller: Teller) -> None:
    way = f"PC/SC, {reader}" if reader else "in-process card, no PC/SC here"
    times = f"{reading.elapsed_ms:.0f} ms, of which {reading.transmit_ms:.0f} card and wire"
    teller.line("card", f"{reading.full_name} · {reading.id_number}")
    teller.line("", f"{way} · {reading.access}, {reading.commands} commands, {times}")
    teller.good("genuine", "passive authentication passed: DG1 and DG13 are as the issuer signed them")
    if not reading.checks.active.passed:
        raise DemoFailed(f"the chip was not proven: {reading.checks.active}")
    teller.good("original", "the chip signed the gateway's nonce; the gateway checks both again by itself")


def _tell_answer(answer: EligibilityAnswer, teller: Teller) -> None:
    cover, benefit = answer.coverage, answer.benefit
    if cover is None or benefit is None:
        raise DemoFailed("the answer is covered without a cover or a rate")
    validity = f"{cover.valid_from:%d/%m/%Y}-{cover.valid_to:%d/%m/%Y}" if cover.valid_to else "no end"
    teller.good("covered", f"{cover.card_number}, {validity}, registered at {cover.primary_facility}")
    product = f"level {benefit.level_rate} % × route {benefit.routing_rate} %"
    teller.good("rate", f"{benefit.rate} % = {product}, MA_DOITUONG_KCB {benefit.visit_category}")
    for reason in (*answer.reasons, *benefit.reasons):
        teller.line("why", reason.text_vi + (f" ({reason.source})" if reason.source else ""))


def _four_are_refused(stage: Stage, teller: Teller) -> None:
    teller.chapter(
        2, "Bốn trường hợp bị từ chối, và việc cần làm", "Four are refused, and what the clerk does"
    )
    cases: tuple[tuple[str, str, Forgery | None, str], ...] = (
        ("expired", "het-han", None, "not-covered"),
        ("unknown", "vo-danh", None, "not-covered"),
        ("tampered", "mau-thu", "dg1", "not-genuine"),
        ("cloned", "mau-thu", "clone", "not-genuine"),
    )
    for label, sample, forgery, expected in cases:
        result = _tap(stage, sample, forgery)
        if result.outcome != expected or result.code is None or result.stored is not None:
            raise DemoFailed(
                f"the {label} card was answered {result.outcome} ({result.code}), {result.stored}"
            )
        teller.refused(label, result.code)


def _a_modified_desk_gains_nothing(stage: Stage, teller: Teller) -> None:
    teller.chapter(
        3, "Máy tiếp đón bị sửa đổi không qua mặt được cổng", "A modified desk does not get past the gateway"
    )
    teller.line("agent", "has the desk's key, skips its own checks, and states that all of them passed")
    with ModifiedAgent(stage.gateway_url, stage.desk_client_id, stage.desk_key) as agent:
        given = agent.challenge()
        clone = _evidence(stage, agent, given, "clone")
        _refused(teller, "clone", agent.hand_in(clone, given))
        given = agent.challenge()
        genuine = _evidence(stage, agent, given)
        first = agent.hand_in(genuine, given)
        if first.level != PROVEN:
            raise DemoFailed(f"the genuine card was answered {first}")
        _refused(teller, "replayed", agent.hand_in(genuine, given))
        _refused(teller, "borrowed", agent.hand_in(genuine, agent.challenge()))
        kept = agent.hand_in(clone, None)
        if kept.level != "chip-read":
            raise DemoFailed(f"copied data without a challenge were answered {kept}")
        words = "copied data as if from an outage: chip-read and never more, so no proof of presence"
        teller.line("no nonce", words, "yellow")


def _evidence(stage: Stage, agent: ModifiedAgent, given: Given, forgery: Forgery | None = None) -> Evidence:
    card = LocalCard(stage.maker.chip("mau-thu", forgery))
    return agent.read(card, SAMPLES["mau-thu"].id_number, given)


def _refused(teller: Teller, label: str, verdict: Verdict) -> None:
    if verdict.code is None:
        raise DemoFailed(f"the {label} evidence was taken as {verdict.level}")
    teller.refused(label, verdict.code)


def _the_hospital_uploads(stage: Stage, teller: Teller) -> None:
    teller.chapter(4, "Bệnh viện gửi tệp của mình", "The hospital uploads the files of its own system")
    uploading.tell(stage, teller)


def _the_insurer_asks(stage: Stage, teller: Teller) -> None:
    teller.chapter(5, "Cơ quan BHXH tra cứu qua FHIR", "The insurer asks over FHIR")
    ask = stage.insurer
    person = ask.search("Patient", identifier="033300000001")[0]
    searches = {
        f"Claim?patient=Patient/{person['id']}": {"patient": f"Patient/{person['id']}"},
        "Claim?provider=33999": {"provider": "33999"},
        "Claim?created=ge2026-09-01": {"created": "ge2026-09-01"},
    }
    for shown, parameters in searches.items():
        claims = ask.search("Claim", **parameters)
        if not claims:
            raise DemoFailed(f"{shown} found nothing")
        total = claims[0]["total"]
        teller.good(
            "search", f"{shown} → {len(claims)} on the first page, {total['value']} {total['currency']}"
        )
    for label, number in (("birth", "00001.GCS.33999.26"), ("death", "00001.GBT.33999.26")):
        documents = ask.search("Bundle", identifier=number)
        if len(documents) != 1:
            raise DemoFailed(f"{len(documents)} documents have the number {number}")
        teller.good(label, _summary(ask.read(f"Bundle/{documents[0]['id']}")))


def _tap(stage: Stage, sample: str, forgery: Forgery | None = None) -> CheckInResult:
    number = SAMPLES[sample].id_number
    arriving = Arriving(clerk=CLERK, service_code="02.1896", service_name="Khám Nội (dữ liệu giả)")
    with stage.cards.laid(sample, forgery) as transport:
        keys = AccessKeys.from_number(number)
        return check_in(
            transport,
            keys,
            arriving,
            desk=stage.desk,
            reader=stage.cards.reader_name() or "in-process card",
            expected_id=number,
        )


def _summary(document: Json) -> str:
    """Return a document's title and, of each person in it, the name."""
    resources = [entry["resource"] for entry in document["entry"]]
    composition = resources[0]
    names = [
        name["text"]
        for resource in resources
        if resource["resourceType"] == "Patient"
        for name in resource.get("name", [])[:1]
    ]
    return f"{composition['title']}: {', '.join(names)} (Bundle/{document['id']})"
