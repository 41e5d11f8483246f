"""Whatever a desk states of a chip is read or refused with our own errors, and never believed."""

import base64
import json
import secrets
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.domain.zone_names import agrees_with_zone
from gateway.errors import PresenceRefused, RequestRefused
from gateway.services import sealing, statements

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
FILES = st.binary(max_size=30).map(lambda file: base64.b64encode(file).decode()) | JSON
EVIDENCE = st.fixed_dictionaries(
    {
        "security_object": FILES,
        "data_groups": st.dictionaries(st.sampled_from(["1", "2", "13", "14", "15", "16", "x"]), FILES),
    },
    optional={"active_signature": FILES, "chip_answer": FILES, "card_access": FILES},
)
STATED = st.fixed_dictionaries(
    {
        "aud": st.just("https://gateway.example") | JSON,
        "iat": st.integers(0, 2**40) | JSON,
        "challenge": st.none() | st.uuids().map(str) | JSON,
        "reader": TEXT | JSON,
        "session": TEXT | JSON,
        "evidence": EVIDENCE | JSON,
    },
    optional={
        "legal_basis": TEXT | JSON,
        "timing": st.dictionaries(TEXT, st.floats(0, 1000)) | JSON,
        "passed": JSON,
    },
)
HEADER_NAMES = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5c"])
KEY = ECKey.generate_key("P-384")
NOW = datetime(2026, 7, 15, tzinfo=UTC)
URL = "https://gateway.example"


def signed(payload: bytes) -> bytes:
    header = {"alg": "ES384", "typ": statements.TYPE}
    return jws.serialize_compact(header, payload, KEY, algorithms=["ES384"]).encode()


@given(STATED.map(lambda stated: json.dumps(stated).encode()) | st.binary(max_size=300))
def test_anything_signed_is_read_and_verified_or_refused(payload: bytes) -> None:
    with suppress(RequestRefused, PresenceRefused):
        statement = statements.read(signed(payload))
        assert len(statement.reader) <= statements.MAX_READER_CHARS
        assert statement.evidence.data_groups.keys() <= statements.WANTED_GROUPS
        assert 13 not in statement.evidence.data_groups or statement.legal_basis
        statements.verify(statement, KEY, audience=URL, now=NOW)


@given(
    st.binary(max_size=400) | st.from_regex(rb"[A-Za-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{0,90}){2}", fullmatch=True)
)
def test_anything_unsigned_is_refused(body: bytes) -> None:
    with pytest.raises((RequestRefused, PresenceRefused)):
        statements.verify(statements.read(body), KEY, audience=URL, now=NOW)


@given(st.dictionaries(HEADER_NAMES, JSON) | st.lists(HEADER_NAMES, max_size=4) | JSON)
@example(["alg", "b64"])
@example("alg, b64")
def test_any_header_but_the_one_is_refused(header: object) -> None:
    _, payload, signature = signed(HONEST).split(b".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    with pytest.raises((RequestRefused, PresenceRefused)):
        statements.verify(statements.read(b".".join((head, payload, signature))), KEY, audience=URL, now=NOW)


@given(st.data())
def test_an_honest_statement_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    body = signed(HONEST)
    statements.verify(statements.read(body), KEY, audience=URL, now=NOW)
    at = data.draw(st.integers(0, body.rindex(b".")))
    changed = body[:at] + bytes([body[at] ^ data.draw(st.integers(1, 255))]) + body[at + 1 :]
    with pytest.raises((RequestRefused, PresenceRefused)):
        statements.verify(statements.read(changed), KEY, audience=URL, now=NOW)


@given(st.binary(max_size=100), st.binary(max_size=40), st.binary(max_size=40))
def test_what_is_sealed_opens_in_its_place_alone(content: bytes, place: bytes, other: bytes) -> None:
    sealed = sealing.seal(bytes(32), content, purpose=b"p", place=place, random_bytes=secrets.token_bytes)
    assert sealing.unseal(bytes(32), sealed, purpose=b"p", place=place) == content
    if place != other:
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(bytes(32), sealed, purpose=b"p", place=other)


@given(st.binary(max_size=100))
def test_nothing_invented_is_opened(sealed: bytes) -> None:
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(bytes(32), sealed, purpose=b"p", place=b"")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_names_are_compared(zone: str, name: str) -> None:
    assert agrees_with_zone(zone, name) in {True, False}


HONEST = json.dumps(
    {
        "aud": URL,
        "iat": int(NOW.timestamp()),
        "challenge": None,
        "reader": "r",
        "session": "s",
        "evidence": {"security_object": "AA==", "data_groups": {"1": "AA=="}},
    }
).encode()
