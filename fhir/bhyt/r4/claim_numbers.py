"""What several lines of a claim point to by number: practitioners, diagnoses, procedures.

Each stands in the claim once. Diagnoses and procedures that only a line names (MA_BENH, MA_PTTT_QT
of XML3) are marked as such, so that those of the visit (XML1) stay what they were.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bhyt.r4.lookup import child, code_of, objects, reference_value, text
from bhyt.r4.spelling import joined, parts
from bhyt.r4.systems import ICD9_CM, ICD10, Element, code_url, coded, concept, logical, one_spaced

ORDERING = "ordering"
PERFORMING = "performing"
TRADITIONAL = "traditional-disease"
"""How diseases of traditional medicine are told from those of ICD-10 (`ICD10`)."""

_DIAGNOSIS_TYPES = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
_LINE_ONLY = "line"


@dataclass(slots=True)
class Numbered:
    """Things in the order of appearance, numbered from 1; `make` writes one of a kind with a code."""

    make: Callable[[str, str], Element]
    made: list[Element] = field(default_factory=list)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, kind: str, code: str, element: Element) -> None:
        """Append one with the next number; the first of equal ones is the one that lines point to."""
        self.made.append({"sequence": len(self.made) + 1, **element})
        self.numbers.setdefault((kind, code), len(self.made))

    def number(self, kind: str, code: str) -> int:
        """Return the number of what a line names; it is appended if it is new."""
        if (kind, code) not in self.numbers:
            self.add(kind, code, self.make(kind, code))
        return self.numbers[kind, code]


class ClaimNumbers:
    """The numbered parts of one claim while it is written; `values` are those of XML1."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.team = Numbered(_member)
        self.diagnoses = Numbered(_indication)
        self.procedures = Numbered(_operation)
        for code in _codes(values, "MA_PTTT_QT"):
            self.procedures.add(ICD9_CM, code, _procedure(code))
        principal = one_spaced(values.get("MA_BENH_CHINH", ""))
        what = _disease(ICD10, principal, words=values.get("CHAN_DOAN_RV"))
        self.diagnoses.add(ICD10, principal, {**what, "type": [coded(_DIAGNOSIS_TYPES, "principal")]})
        for kind, name in ((ICD10, "MA_BENH_KT"), (TRADITIONAL, "MA_BENH_YHCT")):
            for code in _codes(values, name):
                self.diagnoses.add(kind, code, _disease(kind, code))

    def members(self, values: Mapping[str, str]) -> list[int]:
        """Return the numbers of those who ordered or performed a line."""
        found = [self.team.number(ORDERING, code) for code in parts(values.get("MA_BAC_SI"))]
        found += [self.team.number(PERFORMING, code) for code in parts(values.get("NGUOI_THUC_HIEN"))]
        return found

    def indications(self, values: Mapping[str, str]) -> list[int]:
        """Return the numbers of the diagnoses for which a line was ordered."""
        found = [self.diagnoses.number(ICD10, code) for code in _codes(values, "MA_BENH")]
        found += [self.diagnoses.number(TRADITIONAL, code) for code in _codes(values, "MA_BENH_YHCT")]
        return found

    def operations(self, values: Mapping[str, str]) -> list[int]:
        """Return the numbers of the procedures that a line names."""
        return [self.procedures.number(ICD9_CM, code) for code in _codes(values, "MA_PTTT_QT")]


class _Read(NamedTuple):
    """One numbered part as it was read; `marks` are its types."""

    number: int | None
    kind: str | None
    code: str | None
    line_only: bool
    principal: bool
    words: str | None


class NumbersRead:
    """The numbered parts of a claim that anybody may have made."""

    def __init__(self, claim: Element) -> None:
        self._diagnoses = [_diagnosis_read(item) for item in objects(claim, "diagnosis")]
        self._procedures = [_procedure_read(item) for item in objects(claim, "procedure")]
        self._team = [
            _Read(
                _number(item.get("sequence")),
                code_of(item.get("role"), code_url("care-team-role")),
                reference_value(item.get("provider"), "practitioner"),
                line_only=True,
                principal=False,
                words=None,
            )
            for item in objects(claim, "careTeam")
        ]
        self._diagnosis_of = {read.number: read for read in self._diagnoses}
        self._procedure_of = {read.number: read for read in self._procedures}
        self._member_of = {read.number: read for read in self._team}

    def of_visit(self) -> dict[str, str | None]:
        """Return what XML1 says of diagnoses and procedures."""
        own = [read for read in self._diagnoses if not read.line_only]
        principal = next((read for read in own if read.principal), next(iter(own), None))
        others = [read for read in own if read is not principal]
        return {
            "MA_BENH_CHINH": principal.code if principal else None,
            "CHAN_DOAN_RV": principal.words if principal else None,
            "MA_BENH_KT": joined(read.code for read in others if read.kind == ICD10),
            "MA_BENH_YHCT": joined(read.code for read in others if read.kind == TRADITIONAL),
            "MA_PTTT_QT": joined(read.code for read in self._procedures if not read.line_only),
        }

    def of_line(self, item: Element) -> dict[str, str | None]:
        """Return what a line of XML2 or XML3 says of practitioners, diagnoses and procedures."""
        team = _pointed(item, "careTeamSequence", self._member_of)
        diagnoses = _pointed(item, "diagnosisSequence", self._diagnosis_of)
        return {
            "MA_BAC_SI": joined(read.code for read in team if read.kind == ORDERING),
            "NGUOI_THUC_HIEN": joined(read.code for read in team if read.kind == PERFORMING),
            "MA_BENH": joined(read.code for read in diagnoses if read.kind == ICD10),
            "MA_BENH_YHCT": joined(read.code for read in diagnoses if read.kind == TRADITIONAL),
            "MA_PTTT_QT": joined(
                read.code for read in _pointed(item, "procedureSequence", self._procedure_of)
            ),
        }


def _codes(values: Mapping[str, str], name: str) -> list[str]:
    """Return the codes of a semicolon-separated field, as FHIR's `code` wants them."""
    return [one_spaced(code) for code in parts(values.get(name))]


def _member(role: str, number: str) -> Element:
    """Return one member of the care team."""
    provider = logical("Practitioner", "practitioner", number)
    return {"provider": provider, "role": concept("care-team-role", role)}


def _disease(kind: str, code: str, *, words: str | None = None) -> Element:
    """Return a diagnosis of ICD-10 or of traditional medicine."""
    what = coded(ICD10, code, text=words) if kind == ICD10 else concept(TRADITIONAL, code)
    return {"diagnosisCodeableConcept": what}


def _indication(kind: str, code: str) -> Element:
    """Return a diagnosis that only a line names."""
    return {**_disease(kind, code), "type": [concept("claim-use", _LINE_ONLY)]}


def _procedure(code: str) -> Element:
    """Return a procedure by its ICD-9-CM code."""
    return {"procedureCodeableConcept": coded(ICD9_CM, code)}


def _operation(_system: str, code: str) -> Element:
    """Return a procedure that only a line names."""
    return {"type": [concept("claim-use", _LINE_ONLY)], **_procedure(code)}


def _diagnosis_read(item: Element) -> _Read:
    """Return a diagnosis as it was read."""
    what = child(item, "diagnosisCodeableConcept")
    code = code_of(what, ICD10)
    kind = ICD10 if code else TRADITIONAL
    return _Read(
        _number(item.get("sequence")),
        kind,
        code or code_of(what, code_url(TRADITIONAL)),
        line_only=_is_of(item, code_url("claim-use"), _LINE_ONLY),
        principal=_is_of(item, _DIAGNOSIS_TYPES, "principal"),
        words=text(what.get("text")),
    )


def _procedure_read(item: Element) -> _Read:
    """Return a procedure as it was read."""
    return _Read(
        _number(item.get("sequence")),
        ICD9_CM,
        code_of(item.get("procedureCodeableConcept"), ICD9_CM),
        line_only=_is_of(item, code_url("claim-use"), _LINE_ONLY),
        principal=False,
        words=None,
    )


def _is_of(item: Element, system: str, code: str) -> bool:
    """Say whether one of the types of a diagnosis or procedure is this one."""
    return any(code_of(type_, system) == code for type_ in objects(item, "type"))


def _number(value: Any) -> int | None:
    """Return a sequence number."""
    return value if isinstance(value, int) else None


def _pointed(item: Element, name: str, known: Mapping[int | None, _Read]) -> list[_Read]:
    """Return what a line points to, without numbers that point to nothing."""
    numbers = item.get(name)
    if not isinstance(numbers, list):
        return []
    return [known[n] for n in numbers if isinstance(n, int) and n in known and known[n].code]
