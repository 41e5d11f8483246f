"""The desk against a gateway that is down, slow, broken, or does not accept its token."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from cardreader.proof.evidence import Evidence
from clinics.errors import (
    DeskForbidden,
    DeskRefused,
    GatewayBusy,
    GatewayDown,
    GatewayError,
    GatewayFailed,
    GatewayInsecure,
    GatewayNonsense,
    GatewaySlow,
    RecordConflict,
    RecordRefused,
)
from clinics.gateway_client import Gateway
from clinics.statement import Statement
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway, Reply

STATEMENT = Statement(
    evidence={}, challenge=None, reader="Reader 1", session="a session", legal_basis=None, timing={}
)
KEY = "9d1c6c1e-0a51-4f6e-9d0a-0c8f4f4f0001"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _dripping() -> Iterator[str]:
    """A server that sends one byte of its answer every tenth of a second, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not ended.wait(0.1):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            thread.join(timeout=5)


def test_a_record_is_stored_once_however_often_it_is_sent_under_its_key(
    desk: Desk, fake: FakeGateway
) -> None:
    with desk.gateway() as gateway:
        first = gateway.store("/fhir/Encounter", b'{"resourceType":"Encounter"}', idempotency_key=KEY)
        again = gateway.store("/fhir/Encounter", b'{"resourceType":"Encounter"}', idempotency_key=KEY)
    assert (first.new, again.new, first.location == again.location) == (True, False, True)
    assert first.location.startswith("Encounter/")
    assert len(fake.stored) == 1


def test_a_token_is_asked_for_once_and_used_again(desk: Desk, fake: FakeGateway) -> None:
    with desk.gateway() as gateway:
        for _ in range(3):
            gateway.eligibility({"resourceType": "CoverageEligibilityRequest"})
    assert fake.requests.count("/auth/token") == 1


def test_a_token_is_renewed_before_it_expires(desk: Desk, fake: FakeGateway) -> None:
    clock = [0.0]
    with Gateway(
        desk.settings, desk.key, now=lambda: datetime.now(UTC), monotonic=lambda: clock[0]
    ) as gateway:
        gateway.eligibility({})
        clock[0] = 269.0
        gateway.eligibility({})
        assert fake.requests.count("/auth/token") == 1
        clock[0] = 271.0
        gateway.eligibility({})
    assert fake.requests.count("/auth/token") == 2
    assert "401" not in fake.requests


def test_a_token_that_expired_at_the_gateway_is_replaced_and_the_work_done(
    desk: Desk, fake: FakeGateway
) -> None:
    with desk.gateway() as gateway:
        gateway.sign_in()
        fake.tokens.clear()
        assert gateway.store("/fhir/Encounter", b"{}", idempotency_key=KEY).new
    assert len(fake.used_jti) == 2


def test_a_desk_whose_token_is_always_refused_is_told_so(desk: Desk, fake: FakeGateway) -> None:
    fake.broken = lambda path: FakeGateway.outcome(401, "unheard-of") if path == "/presence" else None
    with desk.gateway() as gateway, pytest.raises(DeskRefused):
        gateway.presence(STATEMENT)
    assert fake.requests.count("/presence") == 2


def test_a_token_endpoint_of_another_audience_gives_no_token(desk: Desk, fake: FakeGateway) -> None:
    endpoint = fake.url.replace("127.0.0.1", "localhost") + "/auth/token"
    elsewhere = FakeGateway.json(200, {"token_endpoint": endpoint})
    fake.broken = lambda path: elsewhere if path.endswith("smart-configuration") else None
    with desk.gateway() as gateway, pytest.raises(DeskRefused):
        gateway.sign_in()


def test_a_replayed_assertion_gives_no_token_and_ours_is_never_replayed(
    desk: Desk, fake: FakeGateway
) -> None:
    fake.token_seconds = 1
    with desk.gateway() as gateway:
        for _ in range(2):
            gateway.sign_in()
            fake.tokens.clear()
            gateway.store("/fhir/Encounter", b"{}", idempotency_key=KEY)
    assert len(fake.used_jti) == fake.requests.count("/auth/token")


def test_a_desk_that_the_gateway_does_not_know_is_refused(desk: Desk) -> None:
    with desk.gateway(client_id="somebody-else") as gateway, pytest.raises(DeskRefused):
        gateway.sign_in()


def test_a_desk_with_a_wrong_clock_is_refused(desk: Desk) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with Gateway(desk.settings, desk.key, now=lambda: yesterday) as gateway, pytest.raises(DeskRefused):
        gateway.sign_in()


def test_a_gateway_that_is_down_is_named_and_was_sent_nothing(desk: Desk) -> None:
    with desk.gateway(gateway_url=f"http://127.0.0.1:{_free_port()}") as gateway, pytest.raises(GatewayDown):
        gateway.store("/fhir/Encounter", b"{}", idempotency_key=KEY)


def test_a_gateway_that_does_not_answer_in_time_is_slow_and_a_store_is_not_repeated(
    desk: Desk, fake: FakeGateway
) -> None:
    with desk.gateway(read_seconds=0.2) as gateway:
        gateway.sign_in()
        fake.delay = 0.6
        with pytest.raises(GatewaySlow):
            gateway.store("/fhir/Encounter", b"{}", idempotency_key=KEY)
    assert fake.requests.count("/fhir/Encounter") == 1


def test_an_answer_that_never_ends_is_given_up(desk: Desk) -> None:
    with (
        _dripping() as url,
        desk.gateway(gateway_url=url, answer_seconds=0.5) as gateway,
        pytest.raises(GatewaySlow),
    ):
        gateway.health()


def test_a_question_is_asked_again_when_the_gateway_stumbles_once(desk: Desk, fake: FakeGateway) -> None:
    stumbles = iter([FakeGateway.outcome(503, "x")])
    fake.broken = lambda path: next(stumbles, None) if path.endswith("$submit") else None
    with desk.gateway() as gateway:
        assert gateway.eligibility({})["resourceType"] == "CoverageEligibilityResponse"
    assert fake.requests.count("/fhir/CoverageEligibilityRequest/$submit") == 2


def test_a_presence_is_not_sent_twice_when_the_gateway_stumbles(desk: Desk, fake: FakeGateway) -> None:
    fake.broken = lambda path: FakeGateway.outcome(500, "x") if path == "/presence" else None
    with desk.gateway() as gateway, pytest.raises(GatewayFailed):
        gateway.presence(STATEMENT)
    assert fake.requests.count("/presence") == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, DeskForbidden),
        (409, RecordConflict),
        (413, RecordRefused),
        (422, RecordRefused),
        (429, GatewayBusy),
        (500, GatewayFailed),
        (302, GatewayNonsense),
        (404, GatewayNonsense),
    ],
)
def test_every_refusal_ends_in_its_own_error(
    desk: Desk, fake: FakeGateway, status: int, error: type[GatewayError]
) -> None:
    fake.broken = lambda path: FakeGateway.outcome(status, "x") if path == "/fhir/Encounter" else None
    with desk.gateway() as gateway, pytest.raises(error) as refused:
        gateway.store("/fhir/Encounter", b"{}", idempotency_key=KEY)
    assert type(refused.value) is error


@pytest.mark.parametrize(
    "reply",
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome to the hotel network</html>"),
        (200, {}, b""),
        (200, {}, b'{"resourceType": "Bundle"'),
        (
            200,
            {"Content-Encoding": "gzip"},
            gzip.compress(b'{"resourceType": "CoverageEligibilityResponse"}'),
        ),
        (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b" " * 20_000_000))),
        (200, {}, b" " * 11_000_000),
        FakeGateway.json(200, {"resourceType": "Patient"}),
    ],
    ids=["page", "empty", "cut", "packed", "packed twice", "too big", "another-resource"],
)
def test_an_answer_that_is_not_the_one_agreed_is_no_answer(
    desk: Desk, fake: FakeGateway, reply: Reply
) -> None:
    fake.broken = lambda path: reply if path.endswith("$submit") else None
    with desk.gateway() as gateway, pytest.raises(GatewayNonsense):
        gateway.eligibility({})


def test_a_token_endpoint_that_is_not_encrypted_is_not_used(desk: Desk, fake: FakeGateway) -> None:
    elsewhere = FakeGateway.json(200, {"token_endpoint": "http://gateway.example/auth/token"})
    fake.broken = lambda path: elsewhere if path.endswith("smart-configuration") else None
    with desk.gateway() as gateway, pytest.raises(GatewayInsecure):
        gateway.sign_in()


def test_health_tells_the_gateways_clock(desk: Desk) -> None:
    with desk.gateway() as gateway:
        clock = gateway.health().clock
    assert clock is not None
    assert abs(clock - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"challenge": "1", "nonce": "AAAAAAAAAAA="},
        {"challenge": 5, "nonce": "AAAAAAAAAAA="},
        {"challenge": KEY, "nonce": "AAAAAAAAAA=="},
        {"challenge": KEY, "nonce": "?"},
        {"challenge": KEY, "nonce": None},
    ],
    ids=["empty", "no-uuid", "number", "seven-bytes", "no-base64", "null"],
)
def test_a_challenge_that_no_chip_could_answer_is_none(
    desk: Desk, fake: FakeGateway, answer: dict[str, object]
) -> None:
    fake.broken = lambda path: FakeGateway.json(201, answer) if path.startswith("/presence") else None
    with desk.gateway() as gateway, pytest.raises(GatewayNonsense):
        gateway.challenge(reader="Reader 1", session="a session")


def test_a_question_that_asks_the_chip_for_more_than_dg1_never_reaches_it(
    desk: Desk, fake: FakeGateway
) -> None:
    other = {"protocol": "BAB/AAcCAgMCAg==", "key_id": None, "public_key": "BAEC", "command": "DLCNAAA="}
    fake.broken = lambda path: FakeGateway.json(201, other) if path.endswith("/chip") else None
    with desk.gateway() as gateway, pytest.raises(GatewayNonsense):
        gateway.chip_question(KEY, Evidence(b"", {1: b"", 14: b""}))
