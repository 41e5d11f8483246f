"""The eligibility question and answer through FHIR and back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bhyt.errors import MissingElement, WrongResource
from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.eligibility import request_from_fhir, request_to_fhir, response_from_fhir, response_to_fhir
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import (
    BenefitEstimate,
    Clerk,
    EarlierVisit,
    EligibilityAnswer,
    EligibilityQuestion,
    Reason,
)
from bhyt.records.person import Person

QUESTION = EligibilityQuestion(
    national_id="033300000001",
    insurance_number=None,
    card_number="DN4339900000001",
    full_name="NGUYỄN THỊ MẪU THỬ",
    birth_date=PartialDate(1995, 4, 12),
    sex="female",
    facility="33999",
    service_date=date(2026, 9, 14),
    care_type="03",
    arrival="referral",
    asked_by=Clerk("LÊ THỊ VÍ DỤ", "033185000009"),
    presence_receipt="ey.J.x",
    entered_by="chip",
)
COVERED = EligibilityAnswer(
    status="covered",
    reasons=(Reason("benefit.in-route", "Đúng tuyến.", "In route.", "Luật BHYT Đ22"),),
    warnings=(Reason("benefit.ends-soon", "Thẻ sắp hết hạn.", "Cover ends soon."),),
    person=Person(
        full_name="NGUYỄN THỊ MẪU THỬ",
        birth_date=PartialDate(1995, 4, 12),
        sex="female",
        national_id="033300000001",
        insurance_number="9900000001",
    ),
    coverage=Coverage(
        card_number="DN4339900000001",
        primary_facility="33999",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        five_years_from=date(2028, 1, 1),
        living_area="K1",
    ),
    benefit=BenefitEstimate(
        visit_category="3.1",
        level_rate=Decimal(95),
        routing_rate=Decimal(50),
        rate=Decimal("47.5"),
        reasons=(Reason("benefit.route", "Trái tuyến.", "Out of route.", "QĐ 3276"),),
    ),
    earlier_visits=(EarlierVisit(date(2026, 8, 1), "33001", "1.3"),),
    copaid=Decimal("1250000.50"),
    assurance="chip-read",
    service_date=date(2026, 9, 14),
    training=True,
)
EXPIRED = replace(
    COVERED,
    status="not-covered",
    reasons=(Reason("eligibility.expired", "Thẻ BHYT hết hạn.", "The cover has expired."),),
    benefit=None,
    earlier_visits=(),
    copaid=None,
    training=False,
)
UNKNOWN = EligibilityAnswer(
    status="unknown",
    reasons=(Reason("eligibility.unknown-person", "Không tìm thấy người này.", "Nobody of this number."),),
    assurance="typed",
    service_date=date(2026, 9, 14),
)


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        replace(QUESTION, card_number=None, presence_receipt=None, entered_by="qr"),
        replace(QUESTION, national_id=None, card_number=None, insurance_number="9900000001"),
        replace(QUESTION, full_name=None, birth_date=None, sex=None, arrival="emergency", entered_by="typed"),
        replace(QUESTION, birth_date=PartialDate(1995)),
    ],
)
def test_a_question_comes_back_as_it_was_asked(question: EligibilityQuestion) -> None:
    assert request_from_fhir(parse(wire.write(request_to_fhir(question)))) == question


@pytest.mark.parametrize("answer", [COVERED, EXPIRED, UNKNOWN], ids=["covered", "expired", "unknown"])
def test_an_answer_comes_back_as_it_was_given(answer: EligibilityAnswer) -> None:
    response = response_to_fhir(answer, request=request_to_fhir(QUESTION))
    assert response_from_fhir(parse(wire.write(response))) == answer


def test_a_foreign_system_reads_the_answer_from_r4s_own_elements() -> None:
    response = response_to_fhir(COVERED, request={**request_to_fhir(QUESTION), "id": "7"})
    (insurance,) = response["insurance"]
    assert insurance["inforce"] is True
    assert insurance["benefitPeriod"] == {"start": "2026-01-01", "end": "2026-12-31"}
    assert insurance["item"][0]["network"]["coding"][0]["code"] == "out"
    assert insurance["item"][0]["benefit"][0]["allowedString"] == "52.5"
    assert response["request"]["reference"] == "CoverageEligibilityRequest/7"
    assert response["disposition"] == "Đúng tuyến. Thẻ sắp hết hạn."


def test_a_refusal_says_why_in_error_and_disposition() -> None:
    response = response_to_fhir(EXPIRED, request=request_to_fhir(QUESTION))
    assert response["insurance"][0]["inforce"] is False
    assert response["error"][0]["code"]["coding"][0]["code"] == "eligibility.expired"
    assert response["disposition"].startswith("Thẻ BHYT hết hạn.")


def test_what_is_unknown_is_never_in_force() -> None:
    response = response_to_fhir(UNKNOWN, request=request_to_fhir(QUESTION))
    assert response["outcome"] == "error"
    assert "insurance" not in response


def test_the_receipt_travels_as_an_extension_of_the_supporting_information() -> None:
    (information,) = request_to_fhir(QUESTION)["supportingInfo"]
    assert information["extension"][0]["url"].endswith("/StructureDefinition/presence-receipt")
    assert information["extension"][0]["valueString"] == "ey.J.x"


def test_a_request_of_another_maker_has_careful_values_where_it_says_nothing() -> None:
    foreign = {
        "resourceType": "CoverageEligibilityRequest",
        "patient": {
            "identifier": {"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": "033300000001"}
        },
        "servicedDate": "2026-09-14",
        "provider": {
            "identifier": {"system": "https://tiepdon.example/fhir/sid/vn-facility-bhxh", "value": "33999"}
        },
        "enterer": {
            "display": "LÊ THỊ VÍ DỤ",
            "identifier": {"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": "033185000009"},
        },
    }
    question = request_from_fhir(foreign)
    assert (question.entered_by, question.arrival, question.care_type) == ("typed", "regular", "01")
    assert question.presence_receipt is None


@pytest.mark.parametrize("missing", ["patient", "servicedDate", "provider", "enterer"])
def test_a_request_without_person_day_facility_or_clerk_is_refused(missing: str) -> None:
    request = request_to_fhir(replace(QUESTION, card_number=None))
    with pytest.raises(MissingElement):
        request_from_fhir({key: value for key, value in request.items() if key != missing})


def test_another_resource_is_not_a_question_or_answer() -> None:
    with pytest.raises(WrongResource):
        request_from_fhir({"resourceType": "Claim"})
    with pytest.raises(WrongResource):
        response_from_fhir({"resourceType": "Claim"})


def test_an_answer_that_does_not_say_its_status_is_not_taken_for_covered() -> None:
    response = response_to_fhir(COVERED, request=request_to_fhir(QUESTION))
    with pytest.raises(MissingElement):
        response_from_fhir({**response, "extension": []})
