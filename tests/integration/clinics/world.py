"""The insurer's register as the tests need it, and training cards laid on an in-process reader."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast

from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.eligibility import request_from_fhir, response_to_fhir
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import Assurance, BenefitEstimate, EligibilityAnswer, Reason
from bhyt.records.person import Person
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.errors import NoCard, NoReader
from clinics.reader import HeldCard
from clinics.reception import Reception
from tests.integration.clinics.fake_gateway import FHIR, Reply

COVER = Coverage(
    card_number="DN4339900000001",
    primary_facility="33999",
    valid_from=date(2026, 1, 1),
    valid_to=None,
)
MOTHER_ID = "033300000001"
MOTHER = Person(
    full_name="NGUYỄN THỊ MẪU THỬ",
    birth_date=PartialDate(1995, 4, 12),
    sex="female",
    national_id=MOTHER_ID,
    insurance_number="9900000001",
)
COVERED = Reason("eligibility.in-force", "Thẻ còn hạn tại ngày khám.", "The card is in force on this day.")
UNKNOWN_PERSON = Reason(
    "eligibility.person-unknown", "Không tìm thấy người này.", "This person is not known."
)


def waiting_check_in() -> bytes:
    """Return the payload of a check-in that waits in the outbox; its Encounter says nothing."""
    arrived = Reception(
        national_id=MOTHER_ID,
        full_name="NGUYỄN THỊ MẪU THỬ",
        birth_date="1995-04-12",
        sex="female",
        evidence={},
        clerk_name="Trần Thị Tiếp Đón",
        clerk_id="033190000009",
        facility="33999",
        arrived="2026-09-14T08:05:00+07:00",
        arrival="regular",
        care_type="01",
        visit_id="TD33999-1",
        service_code="02.1896",
        service_name="Khám Nội",
    )
    return json.dumps([arrived.to_bytes().decode(), "{}"]).encode()


def register(
    body: bytes, *, levels: Mapping[str, str] | None = None, members: Collection[str] = (MOTHER_ID,)
) -> Reply:
    """Answer an eligibility request: the sample's mother, or who is among the members, is covered.

    The answer's assurance is the level of the receipt.
    """
    request = parse(body)
    question = request_from_fhir(request)
    base = EligibilityAnswer(
        status="not-covered",
        reasons=(UNKNOWN_PERSON,),
        assurance=cast("Assurance", (levels or {}).get(question.presence_receipt or "", "chip-read")),
        service_date=question.service_date,
    )
    if question.national_id in members:
        hundred = Decimal(100)
        base = replace(
            base,
            status="covered",
            reasons=(COVERED,),
            person=replace(MOTHER, national_id=question.national_id),
            coverage=COVER,
            benefit=BenefitEstimate(
                visit_category="1.1", level_rate=Decimal(80), routing_rate=hundred, rate=Decimal(80)
            ),
        )
    return 200, FHIR, wire.write(response_to_fhir(base, request=request))


def qr_text(sample: str) -> str:
    """Return the text of the QR code that is printed on a sample's card."""
    citizen = SAMPLES[sample]
    sex = "Nam" if citizen.sex == "male" else "Nữ"
    born, issued = f"{citizen.birth_date:%d%m%Y}", f"{citizen.issue_date:%d%m%Y}"
    fields = (
        citizen.id_number,
        citizen.old_id or "",
        citizen.full_name,
        born,
        sex,
        citizen.residence,
        issued,
    )
    return "|".join(fields)


@dataclass
class HandReader:
    """A reader on which a test lays a card; without one it says so after the time."""

    laid: IssuedCard | None = None
    attached: bool = True
    fault: Exception | None = None

    def look(self) -> None:
        if not self.attached:
            raise NoReader("no reader is attached")

    @contextmanager
    def card(self, timeout: float, *, wanted: Callable[[], bool] = lambda: True) -> Iterator[HeldCard]:
        self.look()
        deadline = time.monotonic() + timeout
        while self.laid is None:
            if time.monotonic() > deadline or not wanted():
                raise NoCard("no card")
            time.sleep(0.01)
        if self.fault:
            raise self.fault
        yield HeldCard(LocalCard(Chip(self.laid)), "Hand")
