"""Clients that never send what they announced cost the gateway no thread and no transaction."""

import io
import socket
from pathlib import Path
from typing import Any

import httpx

from bhyt.parsing import MAX_BYTES
from gateway.routes.auth import MAX_FORM_BYTES
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import World, claim

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nAuthorization: Bearer x\r\n"
    "Content-Length: 1000\r\n\r\ngrant_"
)
FORM = "application/x-www-form-urlencoded"


def test_a_hundred_bodies_that_never_come_hold_nobody_up_and_are_timed_out(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as gateway:
        waiting = []
        for number in range(100):
            slow = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
            path = ("/auth/token", "/fhir", "/presence")[number % 3]
            slow.sendall(HEAD.format(path=path, kind=FORM).encode())
            waiting.append(slow)
        assert gateway.http.get("/readyz", timeout=5).status_code == httpx.codes.OK
        assert gateway.post("/fhir/Claim", claim(), gateway.token()).status_code == httpx.codes.CREATED
        assert waiting[0].recv(100).startswith(b"HTTP/1.1 408 ")
        for slow in waiting:
            slow.close()


def test_a_long_body_without_a_token_of_ours_is_refused_before_it_has_come(tmp_path: Path) -> None:
    """It is answered when a little of it has come: the rest is never sent, and nobody waits for it."""
    with ServedGateway(tmp_path) as gateway:
        forged = gateway.token()[:-6] + "AAAAAA"
        known, chunked = b"Content-Length: 10000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nF4240\r\n"
        for said in ("x", "Bearer x", f"Bearer {forged}"):
            for length in (known, chunked):
                with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as stranger:
                    head = b"POST /batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    stranger.sendall(head + f"Authorization: {said}\r\n".encode() + length + b"a" * 40_000)
                    assert stranger.recv(100).startswith(b"HTTP/1.1 401 ")
        headers = {"Authorization": f"Bearer {forged}", "Content-Type": "application/json"}
        desk = gateway.http.post("/batches", content=b"[" * 9_000_000, headers=headers)
        assert desk.status_code == httpx.codes.UNAUTHORIZED  # a desk with an old token learns why


def test_no_transaction_is_open_while_a_body_is_read(world: World) -> None:
    """The body's reader counts the connections that are in use; each door reads its body through it."""
    token = world.token("desk")
    open_: list[int] = []

    class Watched(io.BytesIO):
        """A body that notes how many connections are out when it is read."""

        def readinto(self, buffer: Any, /) -> int:
            open_.append(world.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a QueuePool
            return super().readinto(buffer)

        def read(self, size: int | None = -1, /) -> bytes:
            open_.append(world.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a QueuePool
            return super().read(size)

    doors = {
        "/auth/token": FORM,
        "/presence": "application/jose",
        "/presence/challenges": "application/json",
        "/presence/challenges/019f0000-0000-7000-8000-000000000000/chip": "application/json",
        "/batches": "application/json",
        "/fhir": "application/fhir+json",
        "/fhir/Claim": "application/fhir+json",
        "/fhir/CoverageEligibilityRequest/$submit": "application/fhir+json",
    }
    for path, media_type in doors.items():
        before = len(open_)
        world.app.test_client().post(
            path,
            input_stream=Watched(b'{"resourceType":"Claim"}'),
            content_length=24,
            content_type=media_type,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert len(open_) > before, path
    assert set(open_) == {0}


def test_what_was_sent_arrives_and_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as gateway:
        token = gateway.token()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        large = gateway.http.post("/fhir", content=b"[" * (MAX_BYTES + 1), headers=headers)
        assert large.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
        long_form = b"x" * (MAX_FORM_BYTES + 1)
        stranger = gateway.http.post("/auth/token", content=long_form, headers={"Content-Type": FORM})
        assert stranger.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
        assert (
            gateway.http.get("/fhir/Organization/%2500", headers=headers).status_code == httpx.codes.NOT_FOUND
        )
        assert gateway.http.head("/healthz").content == b""
        in_parts = gateway.http.post(
            "/fhir/Claim", content=iter([b'{"resource', b'Type":5}']), headers=headers
        )
        assert in_parts.status_code == httpx.codes.BAD_REQUEST
