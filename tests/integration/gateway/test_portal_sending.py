"""What becomes of a file that is sent to the portal: at most once, and in doubt a person decides."""

from datetime import timedelta

import pytest
from flask import Response
from structlog.testing import capture_logs

from gateway.errors import NotServed, RequestRefused
from gateway.services import sendings
from gateway.services.forwarding_sender import Sender
from gateway.store.database import GATEWAY
from gateway.store.metadata import new_id
from gateway.store.tables_portal import PortalAccount, PortalSending
from gateway.upstream.account import Account
from gateway.upstream.client import Portal
from gateway.work import forwarder
from tests.integration.gateway.parcels import claims_file, cut, send, work_off
from tests.integration.gateway.portals import queue, secret, send_all, sender, set_account
from tests.integration.gateway.world import HERE, World
from tests.integration.upstream.double_served import Double
from tests.unit.bhyt.samples import DEATH_NOTICE


@pytest.fixture
def waiting(forwarding: World) -> World:
    """One claim waits."""
    work_off(forwarding, send(forwarding, cut(claims_file("LK-1"))))
    return forwarding


def claims_answer(double: Double, answer: Response | None) -> None:
    double.broken = lambda path: answer if path.endswith("QD3176") else None


def only(world: World) -> PortalSending:
    (row,) = queue(world)
    return row


def account(world: World) -> PortalAccount:
    with world.database.begin(GATEWAY) as session:
        return session.get_one(PortalAccount, HERE)


def told(row: PortalSending) -> tuple[str, str | None, str | None, int]:
    return row.state, row.code, row.result, row.attempts


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (Response("gateway timeout", 504), ("unknown", "portal.silent", None, 1)),
        (Response('{"maKetQua": "999"}'), ("unknown", "portal.silent", "999", 1)),
        (Response('{"maKetQua": "403"}'), ("waiting", "portal.locked", "403", 0)),
        (Response('{"maKetQua": "200", "maGiaoDich": "G-1"}'), ("taken", None, "200", 1)),
        (
            Response('{"maKetQua": "200", "thoiGianTiepNhan": "15/07/2026 10:00"}'),
            ("taken", None, "200", 1),
        ),
        (Response('{"maKetQua": "200", "maGiaoDich": "\\ud800\\u0000"}'), ("taken", None, "200", 1)),
        (Response('{"maKetQua": "\\ud800\\u0000"}'), ("unknown", "portal.silent", "\ufffd\ufffd", 1)),
    ],
    ids=[
        "no answer",
        "a code nobody told us",
        "the account is refused",
        "taken",
        "a time of another form",
        "a number that no database holds",
        "a code that no database holds",
    ],
)
def test_the_answer_decides_what_becomes_of_a_claim(
    waiting: World, double: Double, answer: Response, left: tuple[str, str | None, str | None, int]
) -> None:
    claims_answer(double, answer)
    send_all(waiting)
    assert told(only(waiting)) == left
    assert double.paths("guiHoSoXmlQD3176") == 1


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("205", ("refused", "portal.refused", "205", 1)),
        ("125", ("refused", "portal.refused", "125", 1)),
        ("1001", ("refused", "portal.refused", "1001", 1)),
        ("500", ("waiting", "portal.failed", "500", 1)),
    ],
)
def test_a_document_that_the_portal_refuses_ends_and_one_at_which_it_fails_waits(
    forwarding: World, double: Double, code: str, left: tuple[str, str | None, str | None, int]
) -> None:
    work_off(forwarding, send(forwarding, cut(DEATH_NOTICE)))
    answer = Response(f'{{"MaKetQua": "{code}"}}')
    double.broken = lambda path: answer if path.endswith("DienTu") else None
    send_all(forwarding)
    assert told(only(forwarding)) == left


def test_what_did_not_go_out_is_tried_again_after_pauses_that_double(waiting: World, double: Double) -> None:
    url, double.url = double.url, "http://127.0.0.1:9"
    set_account(waiting, double.url)
    pauses = []
    for _ in range(3):
        with capture_logs() as logs:
            assert send_all(waiting) == ["waiting"]
        assert [line["event"] for line in logs] == ["not taken by the portal, will be tried again"]
        pauses.append(only(waiting).due_at - waiting.clock())
        waiting.clock.now = only(waiting).due_at
    assert pauses == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    set_account(waiting, url)
    with capture_logs() as logs:
        assert send_all(waiting) == ["taken"]
    assert [line["event"] for line in logs] == ["sent to the portal"]
    assert len(double.files) == 1


def test_a_token_that_does_not_come_leaves_nothing_in_doubt(waiting: World, double: Double) -> None:
    double.broken = lambda path: Response("busy", 503) if path.endswith("take") else None
    assert send_all(waiting) == ["waiting"]
    double.broken = lambda path: Response(b"x" * 6_000_000) if path.endswith("take") else None
    waiting.clock.now = only(waiting).due_at
    assert send_all(waiting) == ["waiting"]
    assert double.files == []


def test_a_token_that_cannot_be_used_leaves_nothing_in_doubt(waiting: World, double: Double) -> None:
    for part in ('"access_token": "mã"', '"access_token": "a", "expires_in": "0001-01-01T00:00:00"'):
        key = '{"id_token": "i", "expires_in": "2027-01-01T00:00:00", ' + part + "}"
        odd = Response('{"maKetQua": "200", "APIKey": ' + key + "}")
        double.broken = lambda path, odd=odd: odd if path.endswith("take") else None  # type: ignore[misc] # of a lambda
        assert send_all(waiting) == ["waiting"]
        waiting.clock.now = only(waiting).due_at
    assert (only(waiting).code, double.files) == ("portal.nonsense", [])


def test_a_fault_that_nobody_foresaw_leaves_its_file_in_doubt_and_the_next_goes_out(
    waiting: World, double: Double
) -> None:
    work_off(waiting, send(waiting, cut(claims_file("LK-2"))))
    faults = iter([ValueError("033300000001")])

    def pace(_: Account) -> None:
        for fault in faults:
            raise fault

    with Portal(now=waiting.clock, pace=pace) as portal, capture_logs() as logs:
        faulty = Sender(waiting.database, portal, secret(waiting), waiting.clock)
        assert forwarder.send_due(faulty) == {"unknown": 1, "taken": 1}
    left = {told(row)[:2] for row in queue(waiting)}  # both were due at once: either may have been first
    assert left == {("unknown", "portal.silent"), ("taken", None)}
    assert len(double.files) == 1
    (line,) = [line for line in logs if line["event"] == "file in doubt"]
    assert line["fault"].startswith("ValueError at ")
    assert "033300000001" not in str(logs)


def test_an_account_that_is_refused_stops_and_its_files_wait_until_it_is_set_again(
    waiting: World, double: Double
) -> None:
    work_off(waiting, send(waiting, cut(claims_file("LK-2"))))
    double.world.locked.add("33999_BV")
    assert send_all(waiting) == ["waiting"]
    stopped = account(waiting)
    assert (stopped.stopped_at, stopped.stopped_result) == (waiting.clock(), "403")
    waiting.clock.pass_(hours=7)
    assert send_all(waiting) == []
    double.world.locked.clear()
    set_account(waiting, double.url)
    assert account(waiting).stopped_at is None
    assert send_all(waiting) == ["taken", "taken"]


def test_an_account_sealed_with_another_secret_stops_before_anything_is_sent(
    waiting: World, double: Double
) -> None:
    with waiting.database.begin(GATEWAY) as session:
        assert sendings.take_due(session, secret=b"another", now=waiting.clock()) is None
    assert account(waiting).stopped_at == waiting.clock()
    assert (send_all(waiting), double.heard) == ([], [])


def test_what_was_under_way_when_its_sender_died_is_in_doubt_and_not_sent(
    waiting: World, double: Double
) -> None:
    with sender(waiting) as dying:
        assert dying.take() is not None
    assert send_all(waiting) == []
    waiting.clock.now += sendings.IN_DOUBT_AFTER
    with sender(waiting) as next_one:
        next_one.give_up()
        assert only(waiting).state == "sending"
        waiting.clock.pass_(seconds=1)
        next_one.give_up()
    assert told(only(waiting)) == ("unknown", "portal.silent", None, 1)
    waiting.clock.pass_(days=30)
    assert (send_all(waiting), double.files) == ([], [])


def test_an_answer_that_comes_after_all_is_believed(waiting: World) -> None:
    with sender(waiting) as slow:
        taken = slow.take()
        assert taken is not None
        waiting.clock.pass_(minutes=16)
        slow.give_up()
        slow.settle(taken, sendings.Outcome(state="taken", result="200", transaction="G-9"))
    assert (only(waiting).state, only(waiting).transaction) == ("taken", "G-9")


def test_two_senders_never_take_the_same_file(waiting: World) -> None:
    with sender(waiting) as one, sender(waiting) as other:
        assert one.take() is not None
        assert other.take() is None


def test_a_correction_waits_for_the_version_that_is_under_way(waiting: World, double: Double) -> None:
    with sender(waiting) as slow:
        first = slow.take()
        assert first is not None
        change = ("XML1", "Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn")
        work_off(waiting, send(waiting, cut(claims_file("LK-1", change=change))))
        assert slow.take() is None
        slow.settle(first, sendings.Outcome(state="waiting", code="portal.away"))
    assert [row.state for row in queue(waiting)] == ["superseded", "waiting"]
    assert send_all(waiting) == ["taken"]
    assert double.files == [claims_file("LK-1", change=change)]


@pytest.fixture
def in_doubt(waiting: World, double: Double) -> World:
    claims_answer(double, Response("", 502))
    send_all(waiting)
    claims_answer(double, None)
    return waiting


def test_a_person_has_a_file_in_doubt_sent_again(in_doubt: World, double: Double) -> None:
    with in_doubt.database.begin(GATEWAY) as session:
        sendings.send_again(session, only(in_doubt).id, by="test", now=in_doubt.clock())
    assert send_all(in_doubt) == ["taken"]
    assert len(double.world.received) == 1


def test_a_person_notes_that_the_portal_has_a_file_in_doubt(in_doubt: World, double: Double) -> None:
    with in_doubt.database.begin(GATEWAY) as session:
        sendings.note_taken(session, only(in_doubt).id, transaction="G-7", by="test", now=in_doubt.clock())
    assert (only(in_doubt).state, only(in_doubt).transaction) == ("taken", "G-7")
    assert (send_all(in_doubt), double.world.received) == ([], [])


def test_what_is_not_in_doubt_is_not_decided_by_a_person(forwarding: World) -> None:
    work_off(forwarding, send(forwarding, cut(claims_file("LK-1"))))
    send_all(forwarding)
    now, row = forwarding.clock(), only(forwarding).id
    with forwarding.database.begin(GATEWAY) as session:
        with pytest.raises(RequestRefused):
            sendings.send_again(session, row, by="test", now=now)
        with pytest.raises(RequestRefused):
            sendings.note_taken(session, row, transaction=None, by="test", now=now)
        with pytest.raises(NotServed):
            sendings.send_again(session, new_id(now), by="test", now=now)


def test_an_older_version_is_not_sent_again_over_a_newer_one(in_doubt: World) -> None:
    change = ("XML1", "Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn")
    work_off(in_doubt, send(in_doubt, cut(claims_file("LK-1", change=change))))
    old, _ = queue(in_doubt)
    with in_doubt.database.begin(GATEWAY) as session, pytest.raises(RequestRefused) as refused:
        sendings.send_again(session, old.id, by="test", now=in_doubt.clock())
    assert refused.value.code == "portal.newer-version"


def test_what_waits_stays_while_its_facility_only_asks(waiting: World, double: Double) -> None:
    set_account(waiting, double.url, forwards=False)
    assert (send_all(waiting), only(waiting).state, double.heard) == ([], "waiting", [])
    set_account(waiting, double.url)
    assert send_all(waiting) == ["taken"]
