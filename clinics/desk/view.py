"""What the page says about a tap: the words, the tone, and the few facts a clerk needs. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bhyt.records.dates import VIETNAM, PartialDate
from bhyt.records.eligibility import EligibilityAnswer, Reason
from clinics.arrivals import Step
from clinics.checkin import CheckInResult
from failures import Text, failure

Tone = Literal["idle", "wait", "good", "caution", "danger", "unknown"]
GRAVE = frozenset({"eligibility.death-reported"})
STEPS: tuple[tuple[str, Text], ...] = (
    ("waiting", Text("Đặt thẻ", "Lay the card")),
    ("reading", Text("Đọc chip", "Read the chip")),
    ("proving", Text("Xác thực", "Verify")),
    ("asking", Text("Tra cứu BHYT", "Check cover")),
    ("storing", Text("Ghi nhận", "Store")),
)
_TITLES: dict[str, tuple[Tone, Text, str]] = {
    "covered": ("good", Text("Được hưởng bảo hiểm y tế", "Covered"), "Được hưởng"),
    "not-covered": ("caution", Text("Không được hưởng bảo hiểm y tế", "Not covered"), "Không được hưởng"),
    "not-genuine": ("danger", Text("Thẻ không được xác thực", "Card not genuine"), "Không xác thực"),
    "unknown": ("unknown", Text("Chưa xác định được quyền lợi BHYT", "Cover unknown"), "Chưa xác định"),
}
_WORKING: dict[str, Text] = {
    "waiting": Text("Đặt thẻ căn cước lên đầu đọc", "Lay the ID card on the reader"),
    "reading": Text("Đang đọc chip, giữ yên thẻ", "Reading the chip, keep the card still"),
    "proving": Text("Đang xác thực thẻ", "Verifying the card"),
    "asking": Text("Đang tra cứu với cơ quan BHXH", "Asking the insurer"),
    "storing": Text("Đang ghi nhận lượt tiếp đón", "Storing the check-in"),
}
_STORED: dict[str, Text] = {
    "stored": Text("Đã ghi nhận lượt tiếp đón.", "The check-in is stored."),
    "already-stored": Text("Lượt tiếp đón hôm nay đã được ghi nhận từ trước.", "Already checked in today."),
    "waiting": Text(
        "Lượt tiếp đón đã lưu ở máy này và sẽ tự gửi khi có mạng.",
        "The check-in is safe on this machine and will be sent by itself.",
    ),
    "kept": Text(
        "Đã giữ lượt tiếp đón ở máy này để tự xác minh khi có mạng; chưa được coi là được hưởng.",
        "The arrival is kept to be verified later; it does not count as covered.",
    ),
    "refused": Text("Cổng bảo hiểm không nhận lượt tiếp đón.", "The gateway refused the check-in."),
}

_ASSURANCE: dict[str, str] = {
    "chip-proven": "Chip gốc, do cơ quan BHXH xác minh (chip-proven)",
    "chip-read": "Dữ liệu đúng chữ ký, chưa chứng minh chip gốc (chip-read)",
}
_NOT_PROVEN = Text(
    "Chưa chứng minh được đây là chip gốc: đối chiếu ảnh trên thẻ với người đến khám.",
    "The chip is not proven to be the original: compare the photo on the card with the person.",
)


@dataclass(frozen=True, slots=True, repr=False)
class Fact:
    """One line of a result: what it is, in both languages, and its value."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class View:
    """What the live part of the page shows; `step` is set while a tap runs, `brief` is for the list."""

    tone: Tone
    title: Text
    brief: str = ""
    step: str | None = None
    name: str = ""
    rate: str = ""
    reasons: tuple[Text, ...] = ()
    remedy: Text | None = None
    facts: tuple[Fact, ...] = ()
    warnings: tuple[Text, ...] = ()
    stored: Text | None = None
    code: str | None = None
    training: bool = False


IDLE = View(tone="idle", title=Text("Sẵn sàng tiếp đón người bệnh", "Ready for the next patient"))


def working(step: Step | Literal["waiting"]) -> View:
    """Return what is shown while a tap is at this step."""
    return View(tone="wait", title=_WORKING[step], step=step)


def trouble(code: str) -> View:
    """Return what is shown when a card could not be read or the desk itself has a fault."""
    why = failure(code)
    return View(tone="caution", title=why.message, brief=why.message.vi, remedy=why.remedy, code=code)


def shown(result: CheckInResult) -> View:
    """Return what is shown for the answer to one tap."""
    tone, title, brief = _TITLES[result.outcome]
    warned = grave(result.answer)
    if tone == "good" and (warned or result.stored == "refused"):
        tone, brief = "caution", f"{brief}, cần xem lại"
    codes = told(result)
    reasons = _reasons(result.answer) or ((failure(result.code).message,) if result.code else ())
    if result.stored == "refused" and result.storing_code:
        reasons = (*reasons, failure(result.storing_code).message)
    return View(
        tone=tone,
        title=title,
        brief=brief,
        name=result.reading.full_name if result.reading else "",
        rate=_rate(result.answer),
        reasons=reasons,
        remedy=_remedy(codes),
        facts=_facts(result),
        warnings=_warnings(result.answer),
        stored=_STORED[result.stored] if result.stored else None,
        code=" ".join(codes) or None,
        training=result.training,
    )


def told(result: CheckInResult) -> tuple[str, ...]:
    """Return the codes after which a clerk has something to do, each once."""
    storing = result.storing_code if result.stored == "refused" else None
    warned = (one.code for one in grave(result.answer))
    return tuple(dict.fromkeys(code for code in (result.code, storing, *warned) if code))


def _remedy(codes: tuple[str, ...]) -> Text | None:
    remedies = [failure(code).remedy for code in codes]
    if not remedies:
        return None
    return Text(" ".join(one.vi for one in remedies), " ".join(one.en for one in remedies))


def grave(answer: EligibilityAnswer | None) -> tuple[Reason, ...]:
    """Return the warnings that a clerk must act on, although the answer stands."""
    return tuple(one for one in answer.warnings if one.code in GRAVE) if answer else ()


def _warnings(answer: EligibilityAnswer | None) -> tuple[Text, ...]:
    if answer is None:
        return ()
    said = tuple(Text(one.text_vi, one.text_en) for one in answer.warnings)
    return said if answer.assurance == "chip-proven" else (_NOT_PROVEN, *said)


def _reasons(answer: EligibilityAnswer | None) -> tuple[Text, ...]:
    if answer is None:
        return ()
    told = [*answer.reasons, *(answer.benefit.reasons if answer.benefit else ())]
    return tuple(Text(one.text_vi, one.text_en) for one in told)


def _rate(answer: EligibilityAnswer | None) -> str:
    if answer is None or answer.benefit is None or answer.status != "covered":
        return ""
    return f"{_number(answer.benefit.rate)}\N{NO-BREAK SPACE}%"


def _facts(result: CheckInResult) -> tuple[Fact, ...]:
    facts: list[Fact] = []

    def add(vi: str, en: str, value: str | None) -> None:
        if value:
            facts.append(Fact(Text(vi, en), value))

    reading, answer = result.reading, result.answer
    if reading and result.outcome != "not-genuine":  # what a forged card says is nobody's fact
        add("Số định danh", "ID number", _grouped(reading.id_number))
        add("Ngày sinh", "Born", _day(PartialDate.from_fhir(reading.birth_date)))
    if answer:
        add("Mức xác thực", "Assurance", _ASSURANCE.get(answer.assurance, answer.assurance))
    if answer and answer.coverage:
        _cover_facts(answer, add)
    if answer and answer.copaid is not None:
        paid = f"{answer.copaid:,.0f}".replace(",", ".")
        add("Cùng chi trả trong năm", "Co-payments this year", f"{paid} đồng")
    if result.check_in:
        add("Mã lượt khám", "Visit", result.check_in.visit_id)
    return tuple(facts)


def _cover_facts(answer: EligibilityAnswer, add: Callable[[str, str, str | None], None]) -> None:
    cover = answer.coverage
    assert cover is not None  # noqa: S101 - the caller looked
    until = f"{cover.valid_to:%d/%m/%Y}" if cover.valid_to else "không thời hạn"
    add("Thẻ BHYT", "Insurance card", cover.card_number)
    add("Hạn thẻ", "In force", f"{cover.valid_from:%d/%m/%Y} – {until}")
    add("Nơi đăng ký ban đầu", "Registered at", cover.primary_facility)
    add("Mã đối tượng KCB", "Visit category", answer.benefit.visit_category if answer.benefit else None)


def clock(moment: datetime) -> str:
    """Return the time of day in Vietnam."""
    return f"{moment.astimezone(VIETNAM):%H:%M}"


def _day(day: PartialDate) -> str:
    parts = [f"{part:02d}" for part in (day.day, day.month) if part]
    return "/".join([*parts, str(day.year)])


def _grouped(number: str) -> str:
    return " ".join(number[start : start + 3] for start in range(0, len(number), 3))


def _number(rate: Decimal) -> str:
    return f"{rate.normalize():f}".replace(".", ",")
