"""Whatever bytes come, reading a national file ends in records and problems or in an error of ours."""

import contextlib
from decimal import Decimal, InvalidOperation
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from bhyt.errors import RecordsError
from bhyt.national import open_file, read_chunk, read_file
from bhyt.national.dossier import _any_parts, _plain_parts
from bhyt.national.forms import integer, number
from bhyt.national.outline import outline
from bhyt.parsing import parse
from bhyt.problems import MAX_PROBLEMS, Findings
from bhyt.r4 import bundle, wire
from bhyt.r4.index import content_hash, index
from bhyt.records import content
from failures import all_failures
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    ODD_ENVELOPE,
    envelope,
    inner_files,
)

SAMPLES = (ENVELOPE, ODD_ENVELOPE, CHECK_IN, DEATH_NOTICE, BIRTHS)
FILES = inner_files()
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<&>\ufffe\uffff"),
    max_size=40,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sample with a few of its bytes cut out or replaced."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 30))
        data[start:end] = draw(st.binary(max_size=12) | st.sampled_from([b"<", b"</HOSO>", b"&x;", b"]]>"]))
    return bytes(data)


@st.composite
def refilled(draw: st.DrawFn) -> bytes:
    """The sample envelope with the text of a few fields of one table replaced."""
    table = draw(st.sampled_from(sorted(FILES)))
    parts = FILES[table].split(">")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(1, len(parts) - 2))
        before, mark, closing = parts[place].rpartition("</")
        if mark:
            parts[place] = draw(XML_TEXT | st.just(before + "0")) + "</" + closing
    return envelope({**FILES, table: ">".join(parts)})


@given(st.binary(max_size=300) | damaged() | refilled())
def test_a_file_is_read_or_refused_with_a_known_code(data: bytes) -> None:
    file = None
    with contextlib.suppress(RecordsError):
        file = read_file(data)
    if file is None:
        return
    assert {problem.code for problem in file.problems} <= all_failures().keys()
    assert len(file.problems) <= (MAX_PROBLEMS + 1) * (2 + data.count(b"<HOSO>") + len(file.records))
    for record in file.records:
        assert content.business_key(record)
        assert content.content_hash(record) == content.content_hash(record)


@given(damaged() | refilled())
def test_every_record_has_one_outcome_and_a_chunk_has_the_same(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        file = open_file(BytesIO(data))
        read = list(file.records())
        for one in read:
            assert (one.outcome == "refused") == any(p.severity == "error" for p in one.findings)
            assert one.record is None or one.key == content.business_key(one.record)
        found = file.outline
        middle = data[found.head_end : found.tail_start]
        assert list(read_chunk(data[: found.head_end], data[found.tail_start :], middle, first=1)) == read


@given(damaged() | refilled())
def test_a_dossier_is_cut_alike_with_and_without_a_parser(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        found = outline(BytesIO(data))
        for start, end in found.pieces:
            cut = _plain_parts(data[start:end])
            if cut is not None:
                document, findings = found.frame.around(data[start:end]), Findings(1)
                assert (cut, []) == (_any_parts(document, found.frame.depth, findings), findings.problems)


@given(refilled())
def test_whatever_is_read_has_an_r4_form_that_matches_its_original(data: bytes) -> None:
    for record in read_file(data).records:
        sent = parse(wire.write(bundle.resource_of(record)))
        filed = index(sent)
        assert filed is not None
        assert (filed.kind, filed.facility) == (content.kind(record), record.facility)
        assert bundle.OriginalFile(data).record_of(sent) is not None


FORBIDDEN = [*map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]), "&#0;", "&#x1f;", "&#65535;"]


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0), st.sampled_from(FORBIDDEN)), min_size=1),
)
def test_forbidden_characters_in_values_change_nothing_but_give_a_warning(
    table: str, added: list[tuple[int, str]]
) -> None:
    parts = FILES[table].split("</")
    texts = [place for place, part in enumerate(parts) if part[-1] not in ">\n"]
    for chance, character in added:
        place = texts[chance % len(texts)]
        before, mark, text = parts[place].rpartition(">")
        cut = chance % (len(text) + 1)
        if "&" not in text:
            parts[place] = before + mark + text[:cut] + character + text[cut:]
    odd = read_file(envelope({**FILES, table: "</".join(parts)}))
    assert list(map(content.content_hash, odd.records)) == PROPER
    assert "record.control-character" in {problem.code for problem in odd.problems}


PROPER = list(map(content.content_hash, read_file(envelope(FILES)).records))


@given(st.text(max_size=30))
def test_a_number_is_read_exactly_or_refused(text: str) -> None:
    assert number(text) in {None, _decimal(text)}
    assert (integer(text) or 0) < 10**9


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)
NAMES = st.sampled_from(
    "identifier patient subject provider insurance coverage contained entry resource total value system "
    "billablePeriod period start custodian encounter name text reference fullUrl "
    "supportingInfo category code coding extension url".split()
)
SHAPED = st.recursive(
    JSON
    | st.just("https://tiepdon.example/fhir/sid/vn-ma-lk")
    | st.just("https://tiepdon.example/fhir/sid/vn-gcs"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(
    st.sampled_from(["Claim", "Encounter", "Bundle", "Patient"]),
    st.dictionaries(NAMES | st.just("type"), SHAPED, max_size=8),
)
def test_indexing_a_resource_of_any_shape_never_fails(kind: str, resource: dict[str, object]) -> None:
    index({**resource, "resourceType": kind, "type": "document"})
    content_hash(resource)


@given(st.binary(max_size=200) | JSON.map(lambda value: repr(value).encode()))
def test_json_is_read_exactly_or_refused(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        resource = parse(data)
        assert wire.plain(parse(wire.write(resource))) == wire.plain(resource)
