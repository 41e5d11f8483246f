"""One check-in's result for a program (JSON) and for a terminal (both languages). Pure."""

from dataclasses import asdict

from bhyt.records.eligibility import EligibilityAnswer, Reason
from clinics.answers import Json
from clinics.checkin import CheckInResult
from clinics.desk import view
from clinics.national_row import national_row
from failures import Text, failure


def to_json(result: CheckInResult) -> Json:
    """Return everything about one check-in but the chip's raw files."""
    why = failure(result.code) if result.code else None
    return {
        "outcome": result.outcome,
        "code": result.code,
        "message": asdict(why.message) if why else None,
        "remedy": asdict(why.remedy) if why else None,
        "training": result.training,
        "card": result.reading.to_json() if result.reading else None,
        "eligibility": _answer(result.answer) if result.answer else None,
        "stored": result.stored,
        "storing_code": result.storing_code,
        "receipt": result.receipt,
        "visit_id": result.check_in.visit_id if result.check_in else None,
        "national_row": national_row(result.check_in) if result.check_in else None,
    }


def to_lines(result: CheckInResult) -> list[str]:
    """Return what the desk's page would say, line by line, but for `failures`."""
    shown = view.shown(result)
    told = {failure(code).message for code in failures(result)}
    lines = [_both(shown.title) + (f": {shown.rate}" if shown.rate else "")]
    lines += [f"  {shown.name}"] if shown.name else []
    lines += [f"  - {_both(reason)}" for reason in (*shown.reasons, *shown.warnings) if reason not in told]
    lines += [f"  {_both(fact.label)}: {fact.value}" for fact in shown.facts]
    lines += [f"  {_both(shown.stored)} {result.receipt or ''}".rstrip()] if shown.stored else []
    if result.training:
        lines.append("  TẬP HUẤN – không phải dữ liệu thật / TRAINING: not real data")
    return lines


def failures(result: CheckInResult) -> tuple[str, ...]:
    """Return the codes to be said with their remedies; also why a check-in still waits."""
    waits = (result.storing_code,) if result.stored == "waiting" and result.storing_code else ()
    return tuple(dict.fromkeys((*view.told(result), *waits)))


def _answer(answer: EligibilityAnswer) -> Json:
    cover, benefit = answer.coverage, answer.benefit
    return {
        "status": answer.status,
        "assurance": answer.assurance,
        "reasons": [_reason(one) for one in answer.reasons],
        "warnings": [_reason(one) for one in answer.warnings],
        "card_number": cover.card_number if cover else None,
        "valid_from": cover.valid_from.isoformat() if cover else None,
        "valid_to": cover.valid_to.isoformat() if cover and cover.valid_to else None,
        "primary_facility": cover.primary_facility if cover else None,
        "rate": str(benefit.rate) if benefit else None,
        "visit_category": benefit.visit_category if benefit else None,
        "rate_reasons": [_reason(one) for one in benefit.reasons] if benefit else [],
        "earlier_visits": [
            {"date": one.date.isoformat(), "facility": one.facility, "category": one.category}
            for one in answer.earlier_visits
        ],
        "copaid": str(answer.copaid) if answer.copaid is not None else None,
    }


def _reason(reason: Reason) -> Json:
    return {"code": reason.code, "vi": reason.text_vi, "en": reason.text_en, "source": reason.source}


def _both(text: Text) -> str:
    return f"{text.vi} / {text.en}"
