"""A power cut, unlike a kill, loses the page cache: strace shows that what is acknowledged was synced."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clinics.pairing import load_key, make_key
from clinics.settings import save_settings
from tests.integration.clinics.fake_gateway import FakeGateway, running

ROOT = Path(__file__).parents[2]
RECORDS = 5
CALL = re.compile(r"^\d+ (?:<\.\.\. )?(?P<name>\w+)\((?P<fd>\d+)<(?P<target>[^>]*)>(?P<rest>.*)")

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="Debian's strace is not installed")


@dataclass
class Trace:
    """What the agent did to its log, its socket and its output, in order."""

    dirty: set[str] = field(default_factory=set)
    syncs: int = 0
    syncs_at_last_answer: int = 0
    sent: int = 0
    reported: int = 0

    def read(self, line: str) -> None:
        call = CALL.match(line)
        if not call:
            return
        name, target, rest = call["name"], call["target"], call["rest"]
        if name in {"write", "pwrite64"} and target.endswith("desk-outbox.sqlite-wal"):
            self.dirty.add(target)
        elif name in {"fdatasync", "fsync"}:
            self.dirty.discard(target)
            self.syncs += 1
        elif name == "sendto" and "POST /fhir " in rest:
            assert not self.dirty, "a record was sent before its idempotency key was on the disk"
            self.sent += 1
        elif name == "recvfrom" and "HTTP/1.1 200" in rest:
            self.syncs_at_last_answer = self.syncs
        elif name == "write" and call["fd"] == "1" and not rest.startswith(', "", 0'):
            assert not self.dirty, "a receipt was reported before it was on the disk"
            assert self.syncs > self.syncs_at_last_answer, "nothing was synced after the gateway's answer"
            self.reported += 1


def test_the_agent_syncs_before_it_sends_and_before_it_reports(tmp_path: Path) -> None:
    make_key(tmp_path)
    with running(FakeGateway()) as fake:
        fake.public_key = load_key(tmp_path)
        save_settings(tmp_path, gateway_url=fake.url, facility="33999", client_id=fake.client_id)
        log = tmp_path / "strace.log"
        calls = "trace=write,pwrite64,fdatasync,fsync,sendto,recvfrom"
        command = ["strace", "-f", "-y", "-s", "64", "-e", calls, "-o", str(log), sys.executable]
        command += ["-m", "tests.chaos.agent", str(tmp_path), str(RECORDS)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=60)
    trace = Trace()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        trace.read(line)
    assert (trace.sent, trace.reported) == (RECORDS, RECORDS)
    assert trace.syncs >= 2 * RECORDS
