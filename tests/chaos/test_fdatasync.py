"""A power cut, unlike a kill, loses the page cache: strace shows that what is acknowledged was synced."""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clinics.pairing import load_key, make_key
from clinics.settings import save_settings
from tests.chaos.agent import agent_with_files
from tests.integration.clinics.fake_gateway import FakeGateway, running
from tests.integration.clinics.insurer import gateway_with_desk

RECORDS = 5
STRACE = (
    "strace",
    "-f",
    "-y",
    "-s",
    "64",
    "-e",
    "trace=write,writev,pwrite64,fdatasync,fsync,sendto,recvfrom",
    "-o",
)
CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<fd>\d+)<(?P<target>[^>]*)>(?P<rest>.*)")

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="Debian's strace is not installed")


@dataclass
class Trace:
    """One process's database log, sockets and output in the order of its system calls."""

    log: str
    dirty: bool = False
    syncs: int = 0
    syncs_before: int = 0
    asked: int = 0
    waiting: bool = False
    acknowledged: int = 0
    faults: list[str] = field(default_factory=list)

    def read(self, path: Path, *, asks: str, answers: tuple[str, str]) -> None:
        """Go through a trace; `asks` marks a request, `answers` the call and text of an acknowledgement."""
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            call = CALL.match(line)
            if call is None:
                continue
            name, target, rest = call["name"], call["target"], call["rest"]
            if name in {"write", "pwrite64"} and target.endswith(self.log):
                self.dirty = True
            elif name in {"fdatasync", "fsync"} and target.endswith(self.log):
                self.dirty, self.syncs = False, self.syncs + 1
            elif asks in rest and name in {"sendto", "recvfrom"}:
                self.asked, self.waiting = self.asked + 1, True
                self._demand_clean("a request was sent or taken while the log was not synced")
                self.syncs_before = self.syncs
            elif name == answers[0] and answers[1] in rest and self.waiting:
                self.acknowledged, self.waiting = self.acknowledged + 1, False
                self._demand_clean("an acknowledgement was given while the log was not synced")
                if self.syncs == self.syncs_before:
                    self.faults.append("nothing was synced between request and acknowledgement")

    def _demand_clean(self, fault: str) -> None:
        if self.dirty:
            self.faults.append(fault)


def test_the_agent_syncs_before_it_sends_and_before_it_reports(tmp_path: Path) -> None:
    desk, trace = tmp_path / "desk", Trace("desk-outbox.sqlite-wal")
    make_key(desk)
    agent = agent_with_files(tmp_path, desk, files=1, rows=RECORDS)
    with running(FakeGateway()) as fake:
        fake.public_key = load_key(desk)
        save_settings(desk, gateway_url=fake.url, facility="33999", client_id=fake.client_id)
        assert agent.start(*STRACE, str(tmp_path / "trace")).wait(timeout=60) == 0
    trace.read(tmp_path / "trace", asks="POST /fhir ", answers=("write", '"{\\"file\\": '))
    assert trace.faults == []
    assert (trace.asked, trace.acknowledged) == (RECORDS, RECORDS)


def test_the_gateway_syncs_before_it_acknowledges(tmp_path: Path) -> None:
    desk, insurer, trace = tmp_path / "desk", tmp_path / "insurer", Trace("tiepdon.sqlite-wal")
    insurer.mkdir()
    agent = agent_with_files(tmp_path, desk, files=1, rows=RECORDS)
    with gateway_with_desk(insurer, desk, wrapper=(*STRACE, str(tmp_path / "trace"))):
        assert agent.start().wait(timeout=60) == 0
    trace.read(tmp_path / "trace", asks="POST /fhir ", answers=("writev", "HTTP/1.1 200"))
    assert trace.faults == []
    assert (trace.asked, trace.acknowledged) == (RECORDS, RECORDS)
