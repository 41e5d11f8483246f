"""How far an eligibility question may go: the day it asks about, and the length of its texts."""

from datetime import date, timedelta

from bhyt.records.eligibility import EligibilityQuestion
from gateway.errors import RequestRefused
from gateway.services.access_log import MAX_CLERK_CHARS, MAX_PERSON_CHARS

DAYS_BACK = 30  # a visit is asked about when it begins, or again while it is being settled
DAYS_AHEAD = 30  # an appointment
MAX_NAME_CHARS = MAX_CLERK_CHARS


def check_bounds(question: EligibilityQuestion, *, today: date) -> None:
    """Check the question before anything is looked up; `today` is the Vietnamese day.

    Raises RequestRefused: the day of service is outside of the window, or a text is too long.
    """
    if not today - timedelta(days=DAYS_BACK) <= question.service_date <= today + timedelta(days=DAYS_AHEAD):
        raise RequestRefused(
            "eligibility.service-date",
            f"the day of service is more than {DAYS_BACK} days ago or {DAYS_AHEAD} days ahead",
            status=422,
        )
    names = (question.full_name, question.asked_by.full_name)
    numbers = (
        question.national_id,
        question.insurance_number,
        question.card_number,
        question.asked_by.id_number,
    )
    if any(len(name or "") > MAX_NAME_CHARS for name in names) or any(
        len(number or "") > MAX_PERSON_CHARS for number in numbers
    ):
        raise RequestRefused(
            "eligibility.too-long", "a name or number of the question is too long", status=422
        )
