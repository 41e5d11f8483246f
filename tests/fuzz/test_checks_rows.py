"""Whatever a readable row holds, the checks answer with findings and never with an exception."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from bhyt.checks import check_claim
from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.national.visits import read_visit
from bhyt.problems import Findings
from bhyt.records.row import Row
from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES
from tests.unit.bhyt.test_checks_documents import BIRTH, DEATH

_TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 -- local times, as files write them
VALUES = st.one_of(
    st.text(max_size=40),
    st.integers(-(10**9), 10**18).map(str),
    st.decimals(-(10**17), 10**17, places=6).map(str),
    st.from_regex(r"\d{18}\.\d{6}", fullmatch=True),
    _TIMES.map(lambda time: f"{time:%Y%m%d%H%M}"),
    _TIMES.map(lambda time: f"{time:%Y%m%d}"),
    _TIMES.map(lambda time: f"{time:%Y}00000000"),
    st.lists(st.sampled_from(["DN4339900000001", "33999", "20260101", "O80", "H001", ""]), max_size=15).map(
        ";".join
    ),
)


def _changes(row: dict[str, str]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(sorted(row)), VALUES, max_size=4)


@given(
    _changes(HEADER | {"MA_BENH_KT": "", "MA_PTTT_QT": "", "MA_NOI_DI": ""}),
    _changes(DRUGS[0]),
    _changes(SERVICES[2] | {"T_TRANTT": ""}),
    st.sampled_from(("130", "4750", "3176", "1931")),
)
def test_a_claim_of_any_values_is_checked_or_told_as_wrong(
    summary: dict[str, str], drug: dict[str, str], service: dict[str, str], generation: str
) -> None:
    findings = Findings(1)
    lines = [
        Row.of("XML2", 1, {**DRUGS[0], **drug}.items()),
        Row.of("XML3", 1, {**SERVICES[2], **service}.items()),
    ]
    row = Row.of("XML1", 1, {**HEADER, **summary}.items())
    visit = read_visit(row, lines, findings, generation="1931")
    if visit is not None:
        check_claim(visit, findings, generation=generation, births=0)  # type: ignore[arg-type]
    assert visit is not None or findings.errors


@given(_changes(BIRTH), st.sampled_from(("XML9", "GIAYCHUNGSINH")))
def test_a_birth_of_any_values_is_checked_or_told_as_wrong(changes: dict[str, str], table: str) -> None:
    fields = {**BIRTH, "HOTEN_NND": "MẸ MẪU", "MA_GCS": "00001.GCS.33999.26", **changes}
    findings = Findings(1)
    birth = read_birth(Row.of(table, 1, fields.items()), findings, facility="33999", generation="1931")
    assert birth is not None or findings.errors


@given(_changes(DEATH))
def test_a_death_of_any_values_is_checked_or_told_as_wrong(changes: dict[str, str]) -> None:
    findings = Findings(1)
    death = read_death(Row.of("GIAYBAOTU", 1, {**DEATH, **changes}.items()), findings, generation="1931")
    assert death is not None or findings.errors


@given(_changes(HEADER))
def test_a_check_in_of_any_values_is_checked_or_told_as_wrong(changes: dict[str, str]) -> None:
    fields = {**HEADER, "NGAY_YL": "202609140810", "MA_DICH_VU": "02.1896", **changes}
    row = Row.of("CHECKIN", 1, fields.items())
    findings = Findings(1)
    check_in = read_check_in(row, findings, generation="1931")
    assert check_in is not None or findings.errors
