"""Persons of the register and of facilities, as FHIR Patient and Coverage ids name them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.numbers import Numbers
from gateway.store.database import Caller
from gateway.store.search.paging import seen_members
from gateway.store.tables_records import Resource
from gateway.store.tables_register import Member


def numbers_of(session: Session, reference: str, *, facility: str | None) -> Numbers | None:
    """Return the numbers of the Patient that a literal reference names, None if the facility knows none such.

    The insurer (facility None) knows every one.
    """
    try:
        key = UUID(reference.removeprefix("Patient/"))
    except ValueError:
        return None
    own = select(Resource.national_id, Resource.insurance_number).where(
        Resource.id == key, Resource.type == "Patient"
    )
    if facility is not None:
        own = own.where(Resource.facility == facility)
    register = select(Member.national_id, Member.insurance_number).where(Member.id == key)
    register = register.where(*seen_members(facility))
    for query in (own, register):
        if found := session.execute(query).first():
            return Numbers(found[0], found[1])
    return None


def facility_of(caller: Caller) -> str | None:
    """Return the facility to whose eyes a query is limited; None for the insurer."""
    return None if caller.role == "insurer" else caller.facility or ""
