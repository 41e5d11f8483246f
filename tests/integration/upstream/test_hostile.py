"""A portal that is slow on purpose, or packs its answers: neither costs more than its limits."""

import gzip
import time
from collections.abc import Iterator

import pytest

from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalError, PortalNonsense, PortalSilent
from tests.integration.upstream.conftest import WHO, Clock
from tests.integration.upstream.raw import RawPortal, raw_portal, whole

SECONDS = 0.5
TAKEN = b'{"maKetQua": "200", "maGiaoDich": "G1"}'


@pytest.fixture
def raw() -> Iterator[RawPortal]:
    with raw_portal() as serving:
        yield serving


@pytest.fixture
def hurried(clock: Clock) -> Iterator[Portal]:
    """A client that waits half a second for an answer."""
    with Portal(now=clock, pace=lambda _: None, answer_seconds=SECONDS) as asking:
        yield asking


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
    ids=["body", "chunks", "head", "answers before the answer"],
)
def test_an_answer_that_drips_is_given_up_in_time_however_it_drips(
    raw: RawPortal, hurried: Portal, answer: bytes, drip: bytes
) -> None:
    raw.answer, raw.drip = answer, drip
    started = time.monotonic()
    with pytest.raises(PortalSilent):
        hurried.send_claim(raw.account, b"<x/>")
    with pytest.raises(PortalError):
        hurried.eligibility(raw.account, WHO)
    assert time.monotonic() - started < 3 * SECONDS  # the second try of a question has no time of its own


def test_a_large_file_has_time_by_its_size(raw: RawPortal, hurried: Portal) -> None:
    """48 KB are 64 KB in base64: two seconds more than the half second, of which the portal takes one."""
    raw.answer, raw.drip = b"HTTP/1.1 200 OK\r\nContent-Length: 59\r\n\r\n" + TAKEN, b" "
    assert hurried.send_claim(raw.account, b"x" * 48 * 1024).transaction == "G1"


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "zstd", "br", "deflate", "x-what"])
def test_a_packed_answer_is_not_unpacked(raw: RawPortal, hurried: Portal, encoding: str) -> None:
    raw.answer = whole(gzip.compress(TAKEN), Content_Encoding=encoding)
    with pytest.raises(PortalSilent):
        hurried.send_claim(raw.account, b"<x/>")
    with pytest.raises(PortalNonsense):
        hurried.eligibility(raw.account, WHO)
    assert all(b"Accept-Encoding: identity\r\n" in head for head in raw.asked)


def test_an_answer_that_is_said_not_to_be_packed_is_read(raw: RawPortal, hurried: Portal) -> None:
    raw.answer = whole(TAKEN, Content_Encoding="Identity")
    assert hurried.send_claim(raw.account, b"<x/>").transaction == "G1"
