"""A statement is taken only from the desk whose key signed it, for us, now, in its form."""

import base64
import hmac
from collections.abc import Callable

import pytest
from joserfc.jwk import ECKey, RSAKey

from gateway.services import clients
from gateway.services.statements import FRESH_SECONDS, MAX_BYTES
from gateway.store.database import GATEWAY
from tests.integration.gateway.refusals import refusal
from tests.integration.gateway.world import HERE, NOW, PUBLIC_URL, World


def with_the_public_key_as_secret(world: World, stated: dict) -> bytes:
    """Sign by HMAC with what everybody knows: a verifier that lets the token choose is fooled by it."""
    _, payload, _ = world.sign("desk", stated).split(b".")
    header = url_base64(b'{"alg":"HS256","typ":"presence-evidence+jws"}')
    secret = world.keys["desk"][1].as_pem(private=False)
    return b".".join((header, payload, url_base64(hmac.digest(secret, header + b"." + payload, "sha256"))))


def url_base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def altered(signed: bytes) -> bytes:
    header, payload, signature = signed.split(b".")
    text = base64.urlsafe_b64decode(payload + b"==").replace(b'"active_ms"', b'"hidden_ms"')
    return b".".join((header, url_base64(text), signature))


class TestAStatementIsTheDesksOwn:
    @pytest.mark.parametrize(
        "signed",
        [
            lambda world, stated: world.sign("second-desk", stated),
            lambda world, stated: world.sign("desk", stated, key=ECKey.generate_key("P-384")),
            lambda world, stated: world.sign("desk", stated, typ="JWT"),
            lambda world, stated: world.sign("desk", stated, typ=None),
            lambda world, stated: world.sign("desk", stated, kid="1"),
            lambda world, stated: world.sign("desk", stated, alg="ES256", key=ECKey.generate_key("P-256")),
            with_the_public_key_as_secret,
            lambda world, stated: b"eyJhbGciOiJub25lIn0." + world.sign("desk", stated).split(b".")[1] + b".",
            lambda world, stated: altered(world.sign("desk", stated)),
            lambda world, stated: world.sign("desk", stated | {"aud": f"{PUBLIC_URL}/auth/token"}),
        ],
        ids=[
            "another desk's key",
            "an unknown key",
            "another kind of token",
            "no kind of token",
            "a further header",
            "another algorithm",
            "the public key as a secret",
            "no algorithm",
            "altered",
            "for somebody else",
        ],
    )
    def test_or_it_is_refused(self, world: World, signed: Callable[[World, dict], bytes]) -> None:
        answer = world.state("desk", signed(world, world.stated(world.card(), world.challenge())))
        assert refusal(world, answer) == "presence.signature-invalid"

    @pytest.mark.parametrize("seconds", [-FRESH_SECONDS - 1, FRESH_SECONDS + 1])
    def test_and_of_this_moment(self, world: World, seconds: int) -> None:
        answer = world.prove(iat=int(NOW.timestamp()) + seconds)
        assert refusal(world, answer) == "presence.signature-stale"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"a.b",
            b"a.b.c",
            b"eyJhbGciOiJFUzM4NCJ9.bm90IGpzb24.c2ln",
            b"\xff.\xff.\xff",
            b"eyJhbGciOiJFUzM4NCIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.e30.c2ln",
        ],
    )
    def test_and_a_compact_jws(self, world: World, body: bytes) -> None:
        assert refusal(world, world.state("desk", body), 400) == "presence.evidence-malformed"

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": [PUBLIC_URL]},
            {"iat": "now"},
            {"iat": True},
            {"iat": None},
            {"challenge": 5},
            {"challenge": "x"},
            {"challenge": ["x"]},
            {"reader": None},
            {"session": "s" * 65},
            {"legal_basis": 7},
            {"legal_basis": ["law"]},
            {"legal_basis": "x" * 256},
            {"timing": []},
            {"timing": {"active_ms": "1"}},
            {"timing": {"active_ms": -1}},
            {"timing": {"active_ms": True}},
            {"timing": {"active_ms": 1e12}},
            {"timing": {str(number): 1 for number in range(17)}},
            {"timing": {"": 1}},
            {"timing": {"a\u0000": 1}},
        ],
        ids=str,
    )
    def test_and_of_its_form(self, world: World, changes: dict) -> None:
        answer = world.state("desk", world.stated(world.card()) | changes)
        assert refusal(world, answer, 400) == "presence.evidence-malformed"

    def test_and_no_longer_than_it_needs_to_be(self, world: World) -> None:
        answer = world.state("desk", b"a" * (MAX_BYTES + 1))
        assert (answer.status_code, answer.json["code"]) == (413, "request.too-large")

    @pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
    def test_and_said_to_be_one(self, world: World, media_type: str) -> None:
        signed = world.sign("desk", world.stated(world.card()))
        answer = world.post("desk", "/presence", signed, Content_Type=media_type)
        assert (answer.status_code, answer.json["code"]) == (415, "request.media-type")

    def test_and_a_desk_with_an_rsa_key_signs_with_that(self, world: World) -> None:
        key = RSAKey.generate_key(2048)
        with world.database.begin(GATEWAY) as session:
            jwk = key.as_dict(private=False)
            added = clients.add(session, "rsa", facility=HERE, public_jwk=jwk, wanted=(), now=NOW)
        world.keys["rsa"] = (added.id, key)
        world.tokens["rsa", ""] = world.ask_token(world.assertion("rsa", alg="RS384")).json["access_token"]
        assert world.prove("rsa").status_code == 201
        other = world.sign("rsa", world.stated(world.card()), alg="RS256")
        assert world.state("rsa", other).json["code"] == "presence.signature-invalid"
