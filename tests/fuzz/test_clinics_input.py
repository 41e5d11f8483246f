"""Whatever a desk is given to parse, only the package's own errors come out."""

import contextlib
import json
import os
import unicodedata
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.printable import json_line, printable
from clinics import answers
from clinics.arrivals import unpack
from clinics.batch.sources import find_sources
from clinics.clerk import read_clerk
from clinics.desk.stream import Stream, parse_event_id
from clinics.entry import read_entry
from clinics.errors import ClerkInvalid, GatewayError, ItemUnreadable, OutboxDamaged, SettingsInvalid
from clinics.reception import Reception
from clinics.seal import Seal
from clinics.settings import ClinicSettings, load_settings, save_settings
from failures import all_failures

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KNOWN_NAMES = st.sampled_from(["resourceType", "id", "issue", "details", "coding", "code"])
LIKE_FHIR = st.recursive(
    st.none() | st.text(max_size=20) | st.sampled_from(["OperationOutcome", "Encounter"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KNOWN_NAMES, inner, max_size=6),
    max_leaves=15,
)
BODIES = st.binary(max_size=200) | (JSON | LIKE_FHIR).map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(st.sampled_from(["location", "retry-after"]), st.text(max_size=40))
FIELDS = {
    "national_id": "033300000001",
    "full_name": "A B",
    "birth_date": "1995-04-12",
    "sex": "female",
    "evidence": {},
    "clerk_name": "C D",
    "clerk_id": "033190000009",
    "facility": "33999",
    "arrived": "2026-09-14T08:05:00+07:00",
    "arrival": "regular",
    "care_type": "01",
    "visit_id": "V",
    "service_code": "1",
    "service_name": "x",
    "reader": "Reader 1",
    "session": "y",
    "timing": {"access_ms": 1.5},
    "legal_basis": None,
}


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@given(BODIES, HEADERS, st.integers(100, 599))
def test_an_answer_is_a_receipt_or_an_error_with_a_code_that_can_be_looked_up(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    with contextlib.suppress(GatewayError):
        assert answers.RECEIPT_PLACE.fullmatch(answers.read_receipt(status, headers, body).location)
    assert answers.refusal(status, headers, body).code in all_failures()


@given(
    BODIES
    | st.fixed_dictionaries(
        {
            "challenge": JSON | st.uuids().map(str),
            "nonce": JSON | st.binary(max_size=10).map(lambda raw: b64encode(raw).decode()),
        }
    ).map(_encoded)
)
def test_a_challenge_has_eight_bytes_for_the_chip_and_an_id_that_is_no_path(body: bytes) -> None:
    with contextlib.suppress(GatewayError):
        challenge = answers.read_challenge(body)
        assert len(challenge.nonce) == 8
        assert str(UUID(challenge.id)) == challenge.id


@given(st.text(max_size=60) | st.from_regex(r"[0-9a-f]{8}-[0-9]{1,14}", fullmatch=True))
def test_an_event_id_is_a_number_or_nothing_and_no_id_breaks_the_stream(text: str) -> None:
    number = parse_event_id(text, "0a0b0c0d")
    assert number is None or 0 <= number < 10**12
    stream = Stream(heartbeat=0)
    stream.publish("tap", "x")
    events = iter(stream.follow(text))
    assert next(events).startswith(b"retry")
    assert b"data: x" in next(events)


@given(st.text(max_size=200))
def test_an_events_data_can_never_forge_another_event(data: str) -> None:
    stream = Stream(heartbeat=0)
    stream.publish("tap", data)
    events = iter(stream.follow(None))
    next(events)
    chunk = next(events).decode()
    assert chunk.count("\n\n") == 1
    assert all(line.startswith(("id: ", "event: tap", "data: ")) for line in chunk.strip("\n").split("\n"))


@given(st.text(max_size=120) | st.text(alphabet="=\"'\\[]#\n abcfilty_0", max_size=60))
def test_a_settings_file_is_settings_or_refused(text: str) -> None:
    with TemporaryDirectory() as directory:
        (Path(directory) / "clinic.toml").write_text(text, encoding="utf-8", errors="replace")
        with contextlib.suppress(SettingsInvalid):
            assert isinstance(load_settings(Path(directory)), ClinicSettings)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60))
def test_a_saved_setting_reads_back_as_it_was(text: str) -> None:
    with TemporaryDirectory() as directory:
        save_settings(Path(directory), reader=text)
        assert load_settings(Path(directory)).reader == text


@given(st.text(max_size=80) | st.text(alphabet="0123456789|. ", max_size=80))
def test_what_is_scanned_or_typed_is_an_entry_or_refused(text: str) -> None:
    with contextlib.suppress(CardError):
        entry = read_entry(text)
        assert entry.keys.can is not None


@given(st.text(max_size=60), st.text(max_size=30))
def test_a_clerk_is_a_name_and_twelve_digits_or_refused(name: str, number: str) -> None:
    with contextlib.suppress(ClerkInvalid):
        clerk = read_clerk(name, number)
        assert len(clerk.id_number) == 12
        assert " " in clerk.full_name


@given(
    BODIES | st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON).map(lambda odd: _encoded(FIELDS | odd))
)
def test_a_kept_arrival_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ItemUnreadable):
        arrived = Reception.from_bytes(data)
        assert arrived.moment.tzinfo is not None


@given(BODIES | st.lists(JSON | st.just(json.dumps(FIELDS)), max_size=3).map(_encoded))
def test_a_waiting_check_in_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ItemUnreadable):
        arrived, body = unpack(data)
        assert isinstance(body, bytes)
        assert arrived.facility


@given(st.binary(max_size=300), st.binary(max_size=60), st.integers(0, 400))
def test_what_was_sealed_opens_only_whole_and_under_its_name(content: bytes, noise: bytes, at: int) -> None:
    seal = Seal(b"k" * 32)
    sealed = seal.close(content, "item payload")
    assert seal.open_sealed(sealed, "item payload") == content
    at %= len(sealed)
    for changed, name in (
        (sealed, "item answer"),
        (sealed[:at], "item payload"),
        (sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "item payload"),
        (noise, "item payload"),
    ):
        with contextlib.suppress(OutboxDamaged):
            seal.open_sealed(changed, name)
            raise AssertionError("something else opened")


@given(st.binary(max_size=300) | st.text(alphabet="<>/!DOCTYPEGIAMDINHHS \"'", max_size=80).map(str.encode))
def test_a_file_of_any_bytes_is_refused_with_a_code_or_row_by_row(data: bytes) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "export.xml"
        path.write_bytes(data)
        told = [(source.refused, list(source.records())) for source in find_sources([path])]
    assert told
    for refused, read in told:
        assert refused in all_failures() or read
        assert all(one.outcome == "refused" and one.findings for one in read)


@given(st.text() | st.binary().map(os.fsdecode))
def test_whatever_the_text_a_terminal_only_shows_it_and_json_keeps_it(text: str) -> None:
    for shown in (printable(text), json_line([text])):
        assert all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in shown)
    assert json.loads(json_line([text])) == [text]
