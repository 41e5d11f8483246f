"""What a resource is filed under: whose it is, which one, and whom it concerns (domain/extract.py)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from gateway.domain import extract as reading
from gateway.domain.extract import MAX_KEY_CHARS, Extracted
from gateway.errors import AccessDenied, Issue, RecordRefused
from gateway.numbers import Numbers, joined
from gateway.services import persons


def extracted(
    session: Session, resource: dict[str, Any], patients: dict[str, Numbers], facility: str, *, root: str
) -> Extracted:
    """Return what to file a resource under; `patients` are those of the same transaction
    by their urn, `root` begins the addresses of our own resources.

    Raises AccessDenied: another facility's. RecordRefused: an element is missing or too long, or the
    Patient it refers to is unknown or another person than its identifiers name.
    """
    try:
        known = reading.extract(resource)
    except ValueError as error:
        issue = Issue("record.element-missing", str(error), "the element is missing or unusable")
        raise RecordRefused("record.element-missing", str(error), issues=(issue,)) from error
    if any(len(text) > MAX_KEY_CHARS for text in _texts(known)):
        raise RecordRefused("record.too-long", "an identifier or code is too long")
    if known.facility not in {None, facility}:
        raise AccessDenied("auth.other-facility", "the record is another facility's", authenticated=True)
    reference = known.person.reference
    if reference is None:
        return known
    reference = reference.removeprefix(root)
    person = replace(known.person, reference=reference)
    if reference in patients:
        return replace(known, person=joined(replace(person, reference=None), patients[reference]))
    if reference.startswith("Patient/"):
        found = persons.numbers_of(session, reference, facility=facility)
        if found is None:
            raise RecordRefused("record.reference-unknown", "the record refers to an unknown Patient")
        return replace(known, person=joined(person, found))
    return known


def _texts(known: Extracted) -> Iterator[str]:
    """Yield the texts that become indexed columns."""
    person = known.person
    numbers_ = (person.national_id, person.insurance_number, person.card_number, person.reference)
    own = (known.business_key, known.visit_id, known.category, known.status, known.use)
    return (text for text in (*numbers_, *own) if text)
