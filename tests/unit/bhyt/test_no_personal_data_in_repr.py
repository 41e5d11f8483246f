"""What a log or a traceback may show of the national samples: no name, no number, no diagnosis."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from bhyt.national import read_file
from bhyt.r4 import bundle
from bhyt.r4.index import index
from bhyt.records.checkin import CheckIn
from bhyt.records.person import id_document
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.bhyt.test_eligibility_r4 import COVERED, QUESTION

SECRETS = (
    "033300000001",
    "9900000001",
    "DN4339900000001",
    "033185000009",
    "033040000002",
    "MẪU",
    "VÍ DỤ",
    "O80",
    "J96",
    "1995",
    "1031564.80",
)


def _records() -> list[Any]:
    return [record for data in (ENVELOPE, CHECK_IN, DEATH_NOTICE) for record in read_file(data).records]


def _parts(value: object) -> list[object]:
    """Return the value and every dataclass in its fields, all the way down; a date alone is nobody's."""
    if isinstance(value, tuple):
        return [part for item in value for part in _parts(item)]
    if not is_dataclass(value) or type(value).__name__ in {"PartialDate", "Reason"}:
        return []
    return [value, *(part for field in fields(value) for part in _parts(getattr(value, field.name)))]


@pytest.mark.parametrize(
    "whole",
    [*_records(), QUESTION, COVERED, id_document("033300000001"), read_file(ENVELOPE)],
    ids=lambda whole: type(whole).__name__,
)
def test_the_repr_of_a_record_and_of_each_of_its_parts_shows_nothing_of_the_person(whole: object) -> None:
    for part in _parts(whole):
        assert not [secret for secret in SECRETS if secret in repr(part)], type(part).__name__


def test_the_repr_of_a_filed_record_shows_nothing_of_the_person() -> None:
    for record in _records():
        filed = index(bundle.resource_of(record))
        assert not [secret for secret in SECRETS if secret in repr(filed)]


def test_the_samples_hold_what_is_looked_for() -> None:
    visit, birth, check_in, death = _records()
    assert visit.patient.national_id in SECRETS
    assert visit.covers[0].card_number in SECRETS
    assert birth.mother.insurance_number in SECRETS
    assert isinstance(check_in, CheckIn)
    assert death.person.national_id in SECRETS
    assert "MẪU" in death.person.full_name
