"""A challenge is answered once, in its minute, by the desk, reader and session that it was given to."""

import base64
import hmac
from collections.abc import Callable

import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gateway.services import clients
from gateway.services.challenges import KEPT_SECONDS, MAX_OPEN
from gateway.services.statements import FRESH_SECONDS, MAX_BYTES
from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_presence import Presence, PresenceChallenge
from tests.integration.gateway.answers import logged
from tests.integration.gateway.test_at_once import MANY, at_once
from tests.integration.gateway.world import HERE, NOW, PUBLIC_URL, READER, SESSION, World

DESK = Caller("facility", "any", HERE)


def refusal(world: World, answer: TestResponse, status: int = 422) -> str:
    """Return the code of a refusal, which must be in the log, and must have stored nothing."""
    assert answer.status_code == status, answer.text
    code: str = answer.json["code"]
    outcomes = [row.outcome for row in logged(world, answer.headers["X-Request-Id"])]
    assert outcomes == [f"refused {code}"]
    assert count(world, Presence) == 0
    return code


def count(world: World, table: type[Presence | PresenceChallenge], caller: Caller = DESK) -> int | None:
    with world.database.begin(caller) as session:
        return session.scalar(select(func.count()).select_from(table))


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


class TestAChallenge:
    def test_is_eight_fresh_bytes_for_one_minute(self, world: World) -> None:
        given = [world.challenge() for _ in range(3)]
        assert all(len(base64.b64decode(each["nonce"])) == 8 for each in given)
        assert len({each["nonce"] for each in given} | {each["challenge"] for each in given}) == 6
        assert {each["expires_in"] for each in given} == {60}

    def test_that_was_answered_is_used_up(self, world: World) -> None:
        stated = world.stated(world.card(), world.challenge())
        assert world.state("desk", stated).status_code == 201
        again = world.state("desk", stated, X_Request_Id="again")
        assert (again.status_code, again.json["code"]) == (422, "presence.challenge-used")
        assert [row.outcome for row in logged(world, "again")] == ["refused presence.challenge-used"]
        assert count(world, Presence) == 1

    def test_is_used_up_by_an_answer_that_is_refused(self, world: World) -> None:
        challenge, card = world.challenge(), world.card()
        forged = world.stated(card, challenge) | {"evidence": world.stated(card)["evidence"]}
        assert refusal(world, world.state("desk", forged)) == "proof.active-unanswered"
        assert refusal(world, world.state("desk", world.stated(card, challenge))) == "presence.challenge-used"

    def test_that_ended_is_refused(self, world: World) -> None:
        challenge = world.challenge()
        world.clock.pass_(seconds=60)
        answer = world.state("desk", world.stated(world.card(), challenge))
        assert refusal(world, answer) == "presence.challenge-expired"

    def test_that_was_never_given_is_refused(self, world: World) -> None:
        invented = world.challenge() | {"challenge": "019f0000-0000-7000-8000-000000000000"}
        answer = world.state("desk", world.stated(world.card(), invented))
        assert refusal(world, answer) == "presence.challenge-unknown"

    @pytest.mark.parametrize(
        ("thief", "code"),
        [("second-desk", "presence.challenge-foreign"), ("elsewhere", "presence.challenge-unknown")],
    )
    def test_of_another_desk_gains_nothing_and_stays_good_for_its_own(
        self, world: World, thief: str, code: str
    ) -> None:
        challenge, card = world.challenge("desk"), world.card()
        stated = world.stated(card, challenge)
        assert refusal(world, world.state(thief, stated)) == code
        assert refusal(world, world.state(thief, world.sign("desk", stated))) == code
        assert world.state("desk", stated).status_code == 201

    @pytest.mark.parametrize("changes", [{"reader": "another"}, {"session": "another"}], ids=str)
    def test_of_another_reader_or_session_is_refused(self, world: World, changes: dict) -> None:
        answer = world.prove(**changes)
        assert refusal(world, answer) == "presence.challenge-foreign"

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"reader": READER},
            {"reader": "", "session": SESSION},
            {"reader": "r" * 129, "session": SESSION},
            {"reader": READER, "session": "s" * 65},
            {"reader": "r\u0000", "session": SESSION},
            {"reader": 5, "session": SESSION},
        ],
        ids=str,
    )
    def test_names_its_reader_and_session_in_short(self, world: World, asked: dict) -> None:
        answer = world.post("desk", "/presence/challenges", asked, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, "presence.evidence-malformed")

    def test_is_asked_for_in_few_words(self, world: World) -> None:
        asked = {"reader": READER, "session": SESSION, "more": "x" * 5000}
        answer = world.post("desk", "/presence/challenges", asked, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (413, "request.too-large")


class TestOfManyAnswersAtOnce:
    def test_one_wins(self, world: World) -> None:
        signed = world.sign("desk", world.stated(world.card(), world.challenge()))
        answers = at_once(*[lambda: world.state("desk", signed)] * MANY)
        assert sorted(answer.status_code for answer in answers) == [201] + [422] * (MANY - 1)
        refused = {answer.json["code"] for answer in answers if answer.status_code == 422}
        assert refused == {"presence.challenge-used"}
        assert count(world, Presence) == 1


class TestADeskHasFewOpenChallenges:
    def test_and_is_told_when_to_ask_again(self, world: World) -> None:
        for _ in range(MAX_OPEN):
            world.challenge()
            world.clock.pass_(seconds=1)
        asked = {"reader": READER, "session": SESSION}
        answer = world.post("desk", "/presence/challenges", asked, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (429, "presence.too-many-challenges")
        assert int(answer.headers["Retry-After"]) == 60 - MAX_OPEN
        world.challenge("second-desk")
        world.clock.pass_(seconds=60 - MAX_OPEN)
        world.challenge()

    def test_those_that_were_answered_do_not_count(self, world: World) -> None:
        for _ in range(MAX_OPEN + 1):
            assert world.prove().status_code == 201

    def test_however_many_it_asks_for_at_once(self, world: World) -> None:
        world.token("desk")
        asked = {"reader": READER, "session": SESSION}
        calls = [
            lambda: world.post("desk", "/presence/challenges", asked, Content_Type="application/json")
        ] * MANY
        statuses = sorted(answer.status_code for answer in at_once(*calls))
        assert statuses == [201] * MAX_OPEN + [429] * (MANY - MAX_OPEN)


class TestWhatHasEnded:
    def test_is_swept_by_anybodys_sign_in_when_no_answer_can_come_any_more(self, world: World) -> None:
        world.challenge("desk")
        world.challenge("elsewhere")
        world.clock.pass_(seconds=60 + KEPT_SECONDS)
        assert world.ask_token(world.assertion("insurer")).status_code == 200
        assert count(world, PresenceChallenge, GATEWAY) == 2
        world.clock.pass_(seconds=1)
        assert world.ask_token(world.assertion("insurer")).status_code == 200
        assert count(world, PresenceChallenge, GATEWAY) == 0


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


def test_a_desk_that_was_revoked_proves_nothing_any_more(world: World) -> None:
    signed = world.sign("desk", world.stated(world.card(), world.challenge()))
    with world.database.begin(GATEWAY) as session:
        clients.revoke(session, world.keys["desk"][0], now=NOW)
    answer = world.state("desk", signed)
    assert (answer.status_code, answer.json["code"]) == (401, "auth.client-revoked")
    assert count(world, Presence) == 0
