"""What stands at the gateway's doors: Bundles, keys, assertions and receipts of any shape."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from bhyt.errors import RecordsError
from gateway.errors import GatewayError, PresenceRefused, RequestRefused, SetupError
from gateway.services import bundles, cancelling, clients, tokens
from gateway.services.access_log import Actor
from gateway.services.keys import Keys
from gateway.services.presence import Receipts, _read

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.sampled_from(["Claim", "POST", "urn:uuid:x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "fullUrl": JSON | st.uuids().map(lambda number: f"urn:uuid:{number}"),
        "resource": JSON | st.fixed_dictionaries({"resourceType": st.sampled_from(["Claim", "Binary", "X"])}),
        "request": JSON
        | st.fixed_dictionaries({"method": st.just("POST"), "url": st.sampled_from(["Claim", "Binary"])}),
    },
)
BUNDLES = st.fixed_dictionaries(
    {"resourceType": st.just("Bundle"), "type": st.sampled_from(["transaction", "batch"]) | JSON},
    optional={"entry": st.lists(ENTRIES, max_size=4) | JSON},
)
SIGNING = ECKey.generate_key("P-256")
RECEIPTS = Receipts(Keys(signing=SIGNING, secret=bytes(32)), "https://gateway.example/fhir")
ACTOR = Actor(
    client_id="desk",
    facility="33999",
    now=datetime(2026, 7, 15, tzinfo=UTC),
    request_id="r",
    training=False,
)


@given(BUNDLES.map(lambda bundle: json.dumps(bundle).encode()) | st.binary(max_size=200))
def test_any_bundle_is_read_and_checked_or_refused(body: bytes) -> None:
    with suppress(GatewayError, RecordsError):
        bundles.checked(bundles.read_bundle(body))


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k", "kid", "use", "key_ops"]), JSON
    )
    | st.fixed_dictionaries(
        {
            "kty": st.sampled_from(["EC", "RSA", "oct", "OKP"]),
            "crv": st.sampled_from(["P-384", "P-256", "?"]),
        },
        optional={"x": TEXT, "y": TEXT, "n": TEXT, "e": TEXT},
    )
)
def test_any_object_is_a_public_key_for_assertions_or_refused(jwk: dict[str, Any]) -> None:
    with suppress(SetupError):
        assert clients.checked_key(jwk).is_private is False


@given(TEXT | st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_any_assertion_names_its_issuer_or_is_unreadable(assertion: str) -> None:
    with suppress(ValueError, RecursionError, JoseError):
        assert isinstance(tokens._claimed_issuer(assertion), str)


@given(TEXT)
def test_no_invented_receipt_is_taken(receipt: str) -> None:
    with suppress(PresenceRefused):
        raise AssertionError(_read(receipt, RECEIPTS, ACTOR))


@given(st.dictionaries(st.sampled_from(["iss", "aud", "exp", "iat", "jti", "sub"]), JSON))
def test_a_receipt_of_our_key_with_other_claims_is_refused_or_names_a_presence(
    claims: dict[str, Any],
) -> None:
    receipt = jwt.encode({"alg": "ES256", "typ": "presence+jwt"}, claims, SIGNING)
    with suppress(PresenceRefused):
        assert isinstance(_read(receipt, RECEIPTS, ACTOR)[0], UUID)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["claim", "birth", "check-in", "Claim"]) | JSON,
            "key": TEXT | JSON,
            "reason": TEXT | st.text(min_size=190, max_size=210) | JSON,
        },
    )
)
def test_any_object_asks_for_a_cancellation_or_is_refused(asked: dict[str, Any]) -> None:
    with suppress(RequestRefused):
        read = cancelling.read(asked)
        assert (read.kind, read.key, read.reason.reason) == (asked["kind"], asked["key"], asked["reason"])
        assert read.reason.code == "stated" or read.reason.code == asked["reason"]
