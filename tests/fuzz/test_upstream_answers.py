"""Whatever a portal answers is read or is PortalNonsense, and nothing that cannot be read covers anybody."""

from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import Clerk, EligibilityQuestion
from gateway.domain.eligibility import Known, answer
from gateway.errors import RequestRefused
from gateway.services.portal_accounts import check_address
from gateway.services.portal_mapping import lookup_for, mapped
from gateway.upstream import answers
from gateway.upstream.client import TOKEN_LIFE, TOKEN_MARGIN
from gateway.upstream.errors import PortalNonsense

ON = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 2, tzinfo=UTC)
CODES = st.sampled_from("000 001 002 003 004 010 050 052 060 090 110 130 200".split())
ANY_CHARACTER = st.characters(exclude_categories=())  # halves of surrogate pairs too
MOMENTS = ["0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "2026-07-15T09:00:00"]
TEXT = st.text(ANY_CHARACTER, max_size=20) | st.sampled_from(
    ["12/04/1995", "1995", "01/01/2026", "31/12/2026", "202607010815", *MOMENTS]
)
CARDS = st.sampled_from(["DN4339900000001", "HT2339900000001", "GD43399"])
JSON = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["maCSKCB", "ngayVao", "lyDoVV", "tBNCCTLuyKe"]), JSON) | JSON
)
NAMES = ("maThe", "hoTen", "ngaySinh", "gioiTinh", "gtTheTu", "gtTheDen", "ngayDu5Nam", "maSoBHXH")
NEW = ("maTheMoi", "gtTheTuMoi", "gtTheDenMoi")
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "maKetQua": CODES | JSON,
        "APIKey": st.dictionaries(st.sampled_from(["access_token", "id_token", "expires_in"]), JSON) | JSON,
        **dict.fromkeys((*NAMES, *NEW), CARDS | TEXT | JSON),
        **dict.fromkeys(("dsLichSuKCB2025", "dsLichSuKCB2018", "DataCCT"), ROWS | JSON),
        **dict.fromkeys(("maGiaoDich", "thoiGianTiepNhan", "ghiChu"), TEXT | JSON),
    },
)
QUESTION = EligibilityQuestion(
    national_id="033300000001",
    insurance_number=None,
    card_number=None,
    full_name="Nguyễn Thị Mẫu Thử",
    birth_date=PartialDate(1995, 4, 12),
    sex=None,
    facility="33999",
    service_date=ON,
    asked_by=Clerk("LÊ THỊ VÍ DỤ", "033300000009"),
    presence_receipt=None,
    entered_by="typed",
)


def texts_of(found: object) -> list[str]:
    """Every text of what was read, however deep."""
    if isinstance(found, str):
        return [found]
    if isinstance(found, tuple):
        return [text for one in found for text in texts_of(one)]
    if is_dataclass(found):
        return [text for part in fields(found) for text in texts_of(getattr(found, part.name))]
    return []


@given(BODIES)
def test_a_token_can_go_into_a_header_and_its_end_can_be_reckoned_with(body: dict[str, object]) -> None:
    with suppress(PortalNonsense):
        token = answers.read_token(body)
        assert (token.access + token.identity).encode("ascii")
        assert min(token.expires_at, NOW + TOKEN_LIFE) - TOKEN_MARGIN < NOW + TOKEN_LIFE


@given(BODIES)
def test_any_answer_is_read_or_is_nonsense(body: dict[str, object]) -> None:
    for read in (
        answers.read_token,
        answers.read_eligibility,
        answers.read_history,
        answers.read_copayments,
        answers.read_received,
    ):
        with suppress(PortalNonsense):
            assert all(text.isprintable() for text in texts_of(read(body)))


@given(BODIES)
def test_only_a_card_whose_days_hold_covers(body: dict[str, object]) -> None:
    asked = lookup_for(QUESTION, None)
    assert asked is not None
    with suppress(PortalNonsense):
        said = mapped(answers.read_eligibility(body), QUESTION, asked, today=ON)
        known = Known(
            said.registered, None, "typed", said.numbers_differ, told=said.told, remarks=said.remarks
        )
        decided = answer(QUESTION, known)
        if decided.status == "covered":
            assert decided.coverage is not None
            assert decided.coverage.holds_on(ON)
            assert str(body["maKetQua"]) in {"000", "001", "002", "003", "004", "130"}


@given(
    st.text(max_size=60)
    | st.tuples(st.sampled_from(["https://", "http://"]), st.text(max_size=40)).map("".join)
)
def test_any_address_is_taken_or_refused(url: str) -> None:
    with suppress(RequestRefused):
        check_address(url)
