"""Figures that hospital systems leave empty: 0 where the others prove it, else an error at the field."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from bhyt.checks import check_claim
from bhyt.national.visits import read_visit
from bhyt.problems import Findings
from bhyt.r4.bundle import resource_of
from bhyt.r4.rows import rows_of_resource
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, changed

Fields = dict[str, str]
ALONE = changed(
    SERVICES[0],
    PHAM_VI="2",
    TYLE_TT_BH="0",
    MUC_HUONG="0",
    DON_GIA_BH="0",
    THANH_TIEN_BH="0",
    T_BHTT="0",
    T_BNCCT="0",
    T_BNTT="36500",
    T_NGUONKHAC="0",
)
OF_ALONE = changed(
    HEADER,
    **dict.fromkeys(("T_THUOC", "T_VTYT", "T_TONGCHI_BH", "T_BNCCT", "T_BHTT", "T_BHTT_GDV"), "0"),
    T_TONGCHI_BV="36500",
    T_BNTT="36500",
)
CARD = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
Told = list[tuple[str, str, str]]


def _read(
    header: Fields, drugs: Sequence[Fields] = (), services: Sequence[Fields] = ()
) -> tuple[Visit | None, Told]:
    """Return the claim of these rows, and code, severity and place of all that is found but papers."""
    lines = [Row.of("XML2", line, row.items()) for line, row in enumerate(drugs, 1)]
    lines += [Row.of("XML3", line, row.items()) for line, row in enumerate(services, 1)]
    findings = Findings(1)
    visit = read_visit(Row.of("XML1", 1, header.items()), lines, findings, generation="3176")
    if visit is not None:
        check_claim(visit, findings, generation="3176", births=1)
        rows = rows_of_resource(resource_of(visit))
        assert [dict(row.values) for row in rows] == [dict(line.values) for line in (visit.row, *lines)]
    found = [(one.code, one.severity, one.where) for one in findings.problems]
    return visit, [one for one in found if not one[0].startswith(("claim.no-", "record.unknown"))]


def _without(row: Fields, *names: str) -> Fields:
    return changed(row, **dict.fromkeys(names, ""))


def _gap(place: str) -> tuple[str, str, str]:
    return ("record.missing-conditional-field", "warning", place)


@pytest.mark.parametrize("name", ["MUC_HUONG", "TYLE_TT_BH", "DON_GIA_BH"])
def test_rates_may_be_empty_where_the_fund_is_asked_for_nothing(name: str) -> None:
    visit, told = _read(OF_ALONE, services=[_without(ALONE, name)])
    assert visit is not None
    assert told == [_gap(f"XML3[1].{name}")]
    visit, told = _read(HEADER, DRUGS, [_without(SERVICES[0], name), *SERVICES[1:]])
    assert visit is None
    assert ("record.missing-field", "error", f"XML3[1].{name}") in told


def test_every_line_with_a_gap_that_hides_money_is_told() -> None:
    _, told = _read(HEADER, DRUGS, [_without(row, "MUC_HUONG") for row in SERVICES])
    errors = [place for _, severity, place in told if severity == "error"]
    assert errors == [f"XML3[{line}].MUC_HUONG" for line in range(1, len(SERVICES) + 1)]


def test_other_sources_may_be_empty_where_the_shares_add_up_without_them() -> None:
    empty = [_without(row, "T_NGUONKHAC") for row in DRUGS]
    visit, told = _read(_without(HEADER, "T_NGUONKHAC"), empty, SERVICES)
    assert visit is not None
    assert visit.totals.other_sources == visit.lines[0].amounts.other_sources == Decimal(0)
    assert {severity for _, severity, _ in told} == {"warning"}
    short = changed(empty[0], T_BNCCT="1501")
    visit, told = _read(HEADER, [short, *empty[1:]], SERVICES)
    assert visit is None
    assert ("record.missing-field", "error", "XML2[1].T_NGUONKHAC") in told


def test_the_total_of_other_sources_is_needed_where_a_line_has_some() -> None:
    helped = changed(DRUGS[0], T_NGUONKHAC="1", T_NGUONKHAC_CL="1", T_BNCCT="2500")
    visit, told = _read(_without(HEADER, "T_NGUONKHAC"), [helped, *DRUGS[1:]], SERVICES)
    assert visit is None
    assert ("record.missing-field", "error", "XML1[1].T_NGUONKHAC") in told


def test_a_visit_without_a_card_may_leave_all_of_the_insurance_empty() -> None:
    insured = ("THANH_TIEN_BH", "MUC_HUONG", "T_BHTT", "T_BNCCT", "TYLE_TT_BH", "DON_GIA_BH", "T_NGUONKHAC")
    sums = ("T_TONGCHI_BH", "T_BNCCT", "T_BHTT", "T_BHTT_GDV", "T_NGUONKHAC")
    header, line = _without(OF_ALONE, *CARD, *sums), _without(ALONE, *insured)
    visit, told = _read(header, services=[line])
    assert visit is not None
    assert (visit.totals.fund, visit.totals.fund_by_service) == (Decimal(0), None)
    assert set(told) == {_gap(f"XML1[1].{name}") for name in sums} | {
        _gap(f"XML3[1].{name}") for name in insured
    }
    visit, told = _read(_without(OF_ALONE, *sums), services=[line])
    assert visit is None, "with a card the fund's amounts are asked for"


def test_what_the_patient_without_a_card_pays_has_to_add_up() -> None:
    line = _without(changed(ALONE, T_BNTT="30000"), "T_BHTT", "T_BNCCT")
    visit, told = _read(changed(_without(OF_ALONE, *CARD), T_BNTT="30000"), services=[line])
    assert visit is not None
    assert ("claim.line-identity", "error", "XML3[1].THANH_TIEN_BV") in told


def test_a_test_that_was_sent_away_has_no_time_of_order() -> None:
    services = [_without(SERVICES[0], "NGAY_YL"), *SERVICES[1:]]
    visit, told = _read(HEADER, DRUGS, services)
    assert visit is not None
    assert visit.lines[len(DRUGS)].ordered is None
    assert told == [_gap("XML3[1].NGAY_YL")]


@pytest.mark.parametrize("fund", ["1.0315648E6", "1031564.8000000000000000000000000000", "103156480E-2"])
def test_a_number_in_another_form_reaches_fhir_as_the_number_and_comes_back_as_sent(fund: str) -> None:
    visit, _ = _read(changed(HEADER, T_BHTT=fund), DRUGS, SERVICES)
    assert visit is not None
    assert visit.totals.fund == Decimal("1031564.80")
    assert "1031564.8" in str(resource_of(visit)["extension"])
