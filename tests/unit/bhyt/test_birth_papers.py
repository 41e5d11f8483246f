"""XML9 and the certificate of 2025 about one birth: what is a contradiction, and what is none."""

import pytest

from bhyt.checks.birth_papers import CERTIFICATE, contradictions, facts_of
from bhyt.national import read_file
from bhyt.records.row import Row
from bhyt.tables import rows
from bhyt.tables.fields import profile
from tests.unit.bhyt.births import certificate, xml9
from tests.unit.bhyt.samples import envelope


def report(**changes: str) -> Row:
    return read_file(envelope(xml9(**changes))).records[1].row


def paper(**changes: str) -> Row:
    return read_file(certificate(**changes)).records[0].row


def test_two_papers_that_tell_the_same_do_not_contradict_each_other() -> None:
    assert contradictions(paper(), report()) == ()
    assert contradictions(report(), paper()) == ()


@pytest.mark.parametrize(
    ("field", "told", "known", "severity"),
    [
        ("GIOI_TINH_CON", "1", "2", "error"),
        ("NGAY_SINH_CON", "20260914135127", "202609141350", "error"),
        ("NGAY_SINH_CON", "20260915000000", "202609141350", "error"),
        ("SO_CCCD_NND", "033300000002", "033300000001", "error"),
        ("MA_BHXH_NND", "9900000002", "9900000001", "error"),
        ("NGAYSINH_NND", "19950413", "19950412", "error"),
        ("SO_CON", "2", "1", "warning"),
        ("CAN_NANG_CON", "3250", "3150", "warning"),
        ("MA_THE_TAM", "TE1330000000002", "TE1330000000001", "warning"),
        ("SINHCON_PHAUTHUAT", "1", "0", "warning"),
        ("SINHCON_DUOI32TUAN", "1", "0", "warning"),
    ],
)
def test_a_fact_of_which_both_tell_otherwise_is_found_with_both_values(
    field: str, told: str, known: str, severity: str
) -> None:
    for one, other, first, second in (
        (paper(**{field: told}), report(), told, known),
        (report(), paper(**{field: told}), known, told),
    ):
        (found,) = contradictions(one, other)
        assert (found.code, found.severity) == ("birth.papers-differ", severity)
        assert (found.table, found.field, found.value, found.expected) == (one.table, field, first, second)


def test_the_facts_alone_are_enough_to_compare() -> None:
    other = paper(GIOI_TINH_CON="1", CAN_NANG_CON="3250")
    assert contradictions(facts_of(other), facts_of(report())) == contradictions(other, report())
    assert facts_of(report()).text("HO_TEN_CHA") is None


def test_another_name_of_the_mother_is_a_warning() -> None:
    (found,) = contradictions(paper(HOTEN_NND="NGUYỄN THỊ MẪU THỪ"), report())
    assert (found.field, found.severity) == ("HOTEN_NND", "warning")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"GIOI_TINH_CON": "3"}, id="a sex not yet determined"),
        pytest.param({"GIOI_TINH_CON": ""}, id="a fact left empty"),
        pytest.param({"NGAY_SINH_CON": "20260914000000"}, id="a day without a time"),
        pytest.param({"NGAYSINH_NND": "19950000"}, id="a year alone"),
        pytest.param({"CAN_NANG_CON": "3150.00"}, id="zeros behind a number"),
        pytest.param({"HOTEN_NND": "Nguyễn  thị mẫu thử"}, id="a name in other letters"),
        pytest.param({"SO_CCCD_NND": "B1234567"}, id="another kind of document"),
        pytest.param({"TEN_CON": "TRẦN MẪU BÌNH"}, id="another name meant for the child"),
    ],
)
def test_what_is_left_open_or_written_otherwise_is_no_contradiction(changes: dict[str, str]) -> None:
    assert contradictions(paper(**changes), report()) == ()


def test_every_fact_is_a_field_of_both_papers() -> None:
    for table in ("XML9", CERTIFICATE):
        named = {field.name for field in profile(table, "3176")}
        assert {fact[table.lower()] for fact in rows("birth_facts")} <= named
