"""The insurer's register: facilities, members and their covers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base


class Facility(Base):
    """A hospital or clinic under its 5-character insurance code.

    `forwards`: its records go on to the national portal.
    """

    __tablename__ = "facility"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    province: Mapped[str]
    level: Mapped[str]
    former_level: Mapped[str | None]
    points: Mapped[int | None]
    forwards: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        CheckConstraint("level IN ('primary', 'basic', 'specialized')", name="level"),
        CheckConstraint(
            "former_level IN ('commune', 'district', 'provincial', 'central')", name="former_level"
        ),
    )


class Member(Base):
    """An insured person; `birth_date` keeps its precision (YYYY, YYYY-MM or YYYY-MM-DD)."""

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    national_id: Mapped[str | None] = mapped_column(unique=True)
    insurance_number: Mapped[str | None] = mapped_column(unique=True)
    full_name: Mapped[str]
    birth_date: Mapped[str]
    sex: Mapped[str]
    address: Mapped[str | None]
    updated_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("national_id IS NOT NULL OR insurance_number IS NOT NULL", name="known_by_a_number"),
        CheckConstraint("sex IN ('male', 'female', 'unknown')", name="sex"),
    )


class Cover(Base):
    """One card of a member, in force from `valid_from` to `valid_to` (both days included)."""

    __tablename__ = "cover"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    card_number: Mapped[str]
    primary_facility: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    five_years_from: Mapped[date | None]
    living_area: Mapped[str | None]
    revoked_from: Mapped[date | None]
    updated_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("card_number", "valid_from"),
        Index(None, "member_id"),
    )
