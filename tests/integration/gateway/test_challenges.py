"""A challenge is answered once, in its minute, by the desk, reader and session that it was given to."""

import base64
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from cardreader.proof.certificates import Certificate
from cardreader.proof.trust import Authority, TrustStore
from gateway.services import clients
from gateway.services.challenges import KEPT_SECONDS, MAX_OPEN
from gateway.store.database import GATEWAY, Database
from gateway.store.tables_presence import Presence, PresenceChallenge
from tests.integration.gateway.answers import logged
from tests.integration.gateway.refusals import DESK, count, refusal
from tests.integration.gateway.test_at_once import MANY, at_once
from tests.integration.gateway.world import NOW, READER, SESSION, World


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


class WatchedTrust(TrustStore):
    """A trust store that notes, when it is asked, what others can see of the request by then."""

    def __init__(self, database: Database) -> None:
        super().__init__([])
        self.database = database
        self.open_connections: list[int] = []
        self.burned: list[bool] = []

    def authority_of(self, signer: Certificate, *, at: datetime) -> Authority:
        self.open_connections.append(self.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a QueuePool
        with self.database.begin(DESK) as session:
            self.burned = [bool(moment) for moment in session.scalars(select(PresenceChallenge.burned_at))]
        return super().authority_of(signer, at=at)


def test_when_evidence_is_verified_its_challenge_is_burned_for_good_and_no_transaction_is_open(
    world: World,
) -> None:
    trust = WatchedTrust(world.database)
    world.app.extensions["gateway"] = replace(world.app.extensions["gateway"], trust=trust)
    assert world.prove().json["code"] == "proof.training-card"
    assert (trust.open_connections, trust.burned) == ([0], [True])


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


def test_a_desk_that_was_revoked_proves_nothing_any_more(world: World) -> None:
    signed = world.sign("desk", world.stated(world.card(), world.challenge()))
    with world.database.begin(GATEWAY) as session:
        clients.revoke(session, world.keys["desk"][0], now=NOW)
    answer = world.state("desk", signed)
    assert (answer.status_code, answer.json["code"]) == (401, "auth.client-revoked")
    assert count(world, Presence) == 0
