"""Rows as the store holds them, who asks for them, and when."""

from datetime import UTC, date, datetime
from uuid import UUID

from gateway.store.database import Caller
from gateway.store.metadata import month_of, new_id
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Visit
from gateway.store.tables_register import Cover, Member

NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
HUNG_YEN = Caller(role="facility", client_id="desk-1", facility="33999")
ELSEWHERE = Caller(role="facility", client_id="desk-2", facility="01999")
PERSON = "033300000001"
INSURER = Caller(role="insurer", client_id="vss")


def a_claim(facility: str, at: datetime = NOW) -> Claim:
    key = new_id(at)
    return Claim(
        received_month=month_of(key),
        id=key,
        visit_id="LK-1",
        status="active",
        use="claim",
        facility=facility,
        version=1,
        received_at=at,
        client_id="desk-1",
        body=b"{}",
    )


def a_member(national_id: str) -> Member:
    return Member(
        id=new_id(NOW),
        national_id=national_id,
        full_name="Ai Đó",
        birth_date="1990",
        sex="unknown",
        updated_at=NOW,
    )


def a_cover(member: Member) -> Cover:
    return Cover(
        id=new_id(NOW),
        member_id=member.id,
        card_number="DN4339900000001",
        primary_facility="33999",
        valid_from=date(2026, 1, 1),
        updated_at=NOW,
    )


def a_visit(national_id: str) -> Visit:
    return Visit(
        facility="33999",
        visit_id=f"LK-{national_id}",
        service_date=date(2026, 7, 1),
        category="1.1",
        national_id=national_id,
    )


def a_presence(challenge: UUID | None) -> Presence:
    return Presence(
        id=new_id(NOW),
        facility="33999",
        client_id="desk-1",
        national_id=PERSON,
        full_name="Ai Đó",
        birth_date="1990",
        at=NOW,
        level="chip-proven",
        training=True,
        challenge_id=challenge,
    )
