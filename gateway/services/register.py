"""The insurer's register as records and as FHIR: members are Patients, covers are Coverages."""

from typing import Any, cast

from bhyt.r4 import coverage as r4_coverage
from bhyt.r4 import patient as r4_patient
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person, Sex
from gateway import systems
from gateway.store.tables_register import Cover, Facility, Member


def person_of(member: Member) -> Person:
    """Return a member as a person."""
    return Person(
        full_name=member.full_name,
        birth_date=PartialDate.from_fhir(member.birth_date),
        sex=cast(Sex, member.sex),
        national_id=member.national_id,
        insurance_number=member.insurance_number,
        address=member.address,
    )


def cover_of(cover: Cover) -> Coverage:
    """Return a row as a cover."""
    return Coverage(
        card_number=cover.card_number,
        primary_facility=cover.primary_facility,
        valid_from=cover.valid_from,
        valid_to=cover.valid_to,
        five_years_from=cover.five_years_from,
        living_area=cover.living_area,
    )


def patient(member: Member) -> dict[str, Any]:
    """Return a member as a Patient."""
    return r4_patient.to_fhir(person_of(member))


def coverage(cover: Cover, member: Member) -> dict[str, Any]:
    """Return a cover as a Coverage of its member."""
    return r4_coverage.to_fhir(cover_of(cover), person_of(member))


def organization(facility: Facility) -> dict[str, Any]:
    """Return a facility as an Organization, whose id is its code."""
    return {
        "resourceType": "Organization",
        "id": facility.code,
        "identifier": [{"system": systems.FACILITY, "value": facility.code}],
        "active": True,
        "name": facility.name,
    }
