"""`tiepdon-card read` on a real pcscd of its own: restarts of the service, and readers of other names."""

import json
import signal
import subprocess
import sys

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from cardreader.pcsc import is_extended
from tests.integration.cardreader.watched import (
    MAU_THU,
    ONE,
    PROGRAM,
    chip,
)
from tests.private_pcscd import PrivateService

pytestmark = pytest.mark.pcscd


def test_one_process_reads_before_and_after_a_restart_of_the_service(
    service: PrivateService, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    program = """
import sys
from click.testing import CliRunner
from cardreader.cli import main
for line in sys.stdin:
    result = CliRunner().invoke(main, ["read", "--json", *sys.argv[1:]])
    print(result.exit_code, "[reader.service-away]" in result.stderr, flush=True)
"""
    options = ["--reader", "00 00", "--number", MAU_THU.id_number, *trust_options]
    with subprocess.Popen(
        [sys.executable, "-c", program, *options],
        env=service.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for running in (True, False, True):
            if running:
                service.start("Desk")
                service.insert(ONE, chip(authority))
            process.stdin.write("now\n")
            answers.append(process.stdout.readline())
            service.stop(signal.SIGKILL)
        process.stdin.close()
    assert answers == ["0 False\n", "3 True\n", "0 False\n"]


@pytest.mark.parametrize(
    ("name", "extended"),
    [("ACS ACR122U PICC Interface", False), ("ACS ACR1252 Dual Reader PICC", True)],
    ids=["a PN532 inside", "any other"],
)
def test_a_reader_that_is_known_to_be_short_by_its_name_gets_short_commands_only(
    name: str,
    extended: bool,
    service: PrivateService,
    authority: TrainingAuthority,
    trust_options: list[str],
) -> None:
    service.start(name)
    service.insert(f"{name} 00 01", chip(authority))
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "read", "--json", "--trace", "--can", MAU_THU.can, *trust_options],
        env=service.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    commands = [bytes.fromhex(line[2:]) for line in result.stderr.splitlines() if line.startswith("> ")]
    assert len(commands) > 10
    assert any(map(is_extended, commands)) is json.loads(result.stdout)["extended"] is extended
