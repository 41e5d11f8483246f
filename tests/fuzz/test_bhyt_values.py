"""Dates, names and the eligibility mapping for any value, not only the ones thought of."""

import contextlib
import unicodedata
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bhyt.errors import BadDate, FhirRefused
from bhyt.parsing import parse
from bhyt.r4 import checkin, wire
from bhyt.r4.coverage import from_fhir as coverage_from_fhir
from bhyt.r4.coverage import to_fhir as coverage_to_fhir
from bhyt.r4.eligibility import request_from_fhir, request_to_fhir, response_from_fhir, response_to_fhir
from bhyt.r4.patient import from_fhir as patient_from_fhir
from bhyt.r4.patient import to_fhir as patient_to_fhir
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import Clerk, EligibilityAnswer, EligibilityQuestion, Reason
from bhyt.records.person import Person, fold_name, same_name

DIGITS = st.text("0123456789", max_size=15)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
WORDS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạ ĐÀẾ", min_size=1, max_size=30).filter(
    lambda text: text == text.strip() and "  " not in text and text != ""
)
NUMBER12 = st.from_regex(r"[0-9]{12}", fullmatch=True)
NUMBER10 = st.from_regex(r"[0-9]{10}", fullmatch=True)
CARD = st.from_regex(r"[A-Z]{2}[1-5][0-9]{12}", fullmatch=True)
BIRTHS = st.one_of(
    DAYS.map(lambda day: PartialDate(day.year)),
    DAYS.map(lambda day: PartialDate(day.year, day.month)),
    DAYS.map(lambda day: PartialDate(day.year, day.month, day.day)),
)
SEXES = st.sampled_from(["male", "female", "unknown"])
PERSONS = st.builds(
    Person,
    full_name=WORDS,
    birth_date=BIRTHS
    | st.datetimes().map(
        lambda moment: PartialDate(moment.year, moment.month, moment.day, moment.hour, moment.minute)
    ),
    sex=SEXES,
    national_id=NUMBER12 | st.none(),
    insurance_number=NUMBER10 | st.none(),
    address=WORDS | st.none(),
    ethnicity=st.just("01") | st.none(),
    nationality=st.just("000") | st.none(),
)
COVERS = st.builds(
    Coverage,
    card_number=CARD,
    primary_facility=st.just("33999") | st.none(),
    valid_from=DAYS,
    valid_to=DAYS | st.none(),
    five_years_from=DAYS | st.none(),
    exempt_from=DAYS | st.none(),
    living_area=st.sampled_from(["K1", "K2", "K3"]) | st.none(),
)


@given(DIGITS | st.text(max_size=20))
def test_a_date_is_kept_as_exact_as_it_was_or_refused(text: str) -> None:
    with contextlib.suppress(BadDate):
        date_ = PartialDate.moment_from_national(text)
        assert date_.to_national().startswith(text[:12].rstrip("0"))
        assert PartialDate.from_fhir(date_.to_fhir()).to_fhir() == date_.to_fhir()
    with contextlib.suppress(BadDate):
        PartialDate.from_national(text)
    with contextlib.suppress(BadDate):
        PartialDate.from_fhir(text)


@given(st.text(max_size=40))
def test_folding_a_name_twice_is_folding_it_once(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@given(WORDS)
def test_a_name_is_the_same_in_every_unicode_form_and_case(name: str) -> None:
    assert same_name(unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name))
    assert same_name(name.upper(), name.lower())


@given(PERSONS)
def test_a_person_comes_back_from_a_patient(person: Person) -> None:
    assert patient_from_fhir(parse(wire.write(patient_to_fhir(person)))) == person


@given(COVERS, PERSONS | st.none())
def test_a_cover_comes_back_from_a_coverage(cover: Coverage, person: Person | None) -> None:
    assert coverage_from_fhir(parse(wire.write(coverage_to_fhir(cover, person)))) == cover


@given(
    st.builds(
        EligibilityQuestion,
        national_id=NUMBER12,
        insurance_number=NUMBER10 | st.none(),
        card_number=CARD | st.none(),
        full_name=WORDS | st.none(),
        birth_date=BIRTHS | st.none(),
        sex=SEXES | st.none(),
        facility=st.just("33999"),
        service_date=DAYS,
        care_type=st.sampled_from(["01", "03", "16"]),
        arrival=st.sampled_from(["regular", "referral", "follow-up", "emergency"]),
        asked_by=st.builds(Clerk, WORDS, NUMBER12),
        presence_receipt=st.just("a.b.c") | st.none(),
        entered_by=st.sampled_from(["chip", "qr", "typed"]),
    )
)
def test_a_question_comes_back_from_a_request(question: EligibilityQuestion) -> None:
    assert request_from_fhir(parse(wire.write(request_to_fhir(question)))) == question


REASONS = st.lists(
    st.builds(Reason, st.just("eligibility.x"), WORDS, WORDS, WORDS | st.none()), max_size=3
).map(tuple)


@given(
    st.builds(
        EligibilityAnswer,
        status=st.sampled_from(["covered", "not-covered", "unknown"]),
        reasons=REASONS,
        warnings=REASONS,
        person=PERSONS | st.none(),
        coverage=COVERS | st.none(),
        assurance=st.sampled_from(["chip-proven", "chip-read", "qr", "typed"]),
        service_date=DAYS,
        training=st.booleans(),
    )
)
def test_an_answer_comes_back_from_a_response(answer: EligibilityAnswer) -> None:
    response = response_to_fhir(answer, request={"resourceType": "CoverageEligibilityRequest"})
    assert response_from_fhir(parse(wire.write(response))) == answer


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just(Decimal("1.5")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
ELEMENTS = st.sampled_from(
    "contained patient subject identifier name gender birthDate _birthDate insurance supportingInfo "
    "extension item provider enterer servicedDate status period type class serviceProvider".split()
)


@given(st.dictionaries(ELEMENTS, SHAPES, max_size=10))
def test_reading_a_resource_of_any_shape_ends_in_a_record_or_in_an_error_of_ours(
    resource: dict[str, object],
) -> None:
    for name, read in (
        ("Patient", patient_from_fhir),
        ("Coverage", coverage_from_fhir),
        ("Encounter", checkin.from_fhir),
        ("CoverageEligibilityRequest", request_from_fhir),
        ("CoverageEligibilityResponse", response_from_fhir),
    ):
        with contextlib.suppress(FhirRefused):
            read({**resource, "resourceType": name})
