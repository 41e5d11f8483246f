"""`tiepdon-card watch` on a real pcscd of its own, which is stopped, killed and started under it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES, Citizen
from cardreader.emulator.tampering import tampered
from cardreader.pcsc import is_extended
from tests.integration.cardreader.watched import PROGRAM, Watch
from tests.private_pcscd import PrivateService

pytestmark = pytest.mark.pcscd
ONE, TWO = "Desk 00 00", "Desk 00 01"
Watching = Callable[..., Watch]
MAU_THU, MAU_CU = SAMPLES["mau-thu"], SAMPLES["mau-cu"]


def qr_text(citizen: Citizen) -> str:
    born, issued = f"{citizen.birth_date:%d%m%Y}", f"{citizen.issue_date:%d%m%Y}"
    sex = "Nữ" if citizen.sex == "female" else "Nam"
    return (
        f"{citizen.id_number}|{citizen.old_id}|{citizen.full_name}|{born}|{sex}|{citizen.residence}|{issued}"
    )


class Interrupted(Chip):
    """A chip under whose n-th command something happens."""

    def __init__(self, chip: Chip, after: int, happens: Callable[[], None]) -> None:
        self._chip, self._after, self._happens = chip, after, happens
        self.commands = 0

    @property
    def lifted(self) -> bool:
        return self._chip.lifted

    def reset(self) -> None:
        self._chip.reset()

    def process(self, command: bytes) -> bytes:
        self.commands += 1
        if self.commands == self._after:
            self._happens()
        return self._chip.process(command)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PrivateService]:
    private = PrivateService(tmp_path)
    yield private
    private.stop()


@pytest.fixture
def watching() -> Iterator[Watching]:
    """Start the command, and leave none behind."""
    started: list[Watch] = []

    def start(*arguments: Any) -> Watch:
        started.append(Watch(*arguments))
        return started[-1]

    yield start
    for watch in started:
        watch.close(signal.SIGKILL)


@pytest.fixture
def trust_options(authority: TrainingAuthority, tmp_path: Path) -> list[str]:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "csca.cer").write_bytes(authority.csca)
    return ["--trust", str(tmp_path / "trust"), "--training"]


def chip(authority: TrainingAuthority, citizen: Citizen = MAU_THU, **habits: object) -> Chip:
    return Chip(authority.issue(citizen, habits=replace(Habits(), **habits)))


def test_readers_and_cards_are_told_as_they_come_and_go(
    service: PrivateService, watching: Watching, authority: TrainingAuthority
) -> None:
    service.start("Desk")
    watch = watching(service.environment)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(TWO, chip(authority))
    watch.told(f"card-inserted {TWO}")
    service.insert(ONE, chip(authority, MAU_CU))
    watch.told(f"card-inserted {ONE}")
    service.remove(TWO)
    watch.told(f"card-removed {TWO}")
    assert watch.end() == (0, "")


def test_a_service_that_is_stopped_and_started_with_other_readers_needs_no_restart_of_ours(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, "--number", MAU_THU.id_number, *trust_options)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(ONE, chip(authority))
    watch.told(f"card-inserted {ONE}", f"read-finished {ONE}")
    service.stop()
    watch.told(f"card-removed {ONE}", f"reader-removed {ONE}", f"reader-removed {TWO}")
    service.start("Other")
    watch.told("reader-added Other 00 00", "reader-added Other 00 01")
    service.insert("Other 00 01", chip(authority))
    watch.told("card-inserted Other 00 01")
    assert watch.next()["genuine"] is True
    status, said = watch.end()
    assert status == 0
    assert said.count("[reader.service-away]") == said.count("is back") == 1


def test_a_service_that_is_not_there_yet_is_waited_for(service: PrivateService, watching: Watching) -> None:
    watch = watching(service.environment)
    service.start("Desk")
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    watch.hang_up()
    assert watch.end(signal.SIGTERM)[0] == 0


def test_a_service_killed_in_the_middle_of_a_reading_is_found_again(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, "--can", MAU_THU.can, *trust_options)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(ONE, Interrupted(chip(authority), 5, service.kill))
    watch.told(f"card-inserted {ONE}")
    broken = watch.next()
    assert (broken["event"], broken["code"], broken["genuine"]) == (
        "read-finished",
        "reader.service-away",
        False,
    )
    watch.told(f"card-removed {ONE}", f"reader-removed {ONE}", f"reader-removed {TWO}")
    service.stop()
    service.start("Desk")
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(ONE, chip(authority))
    watch.told(f"card-inserted {ONE}")
    assert watch.next()["code"] is None
    assert watch.end()[0] == 0


def test_a_reading_is_told_without_personal_data(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, "--number", MAU_THU.id_number, *trust_options)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(ONE, chip(authority))
    watch.told(f"card-inserted {ONE}")
    reading = watch.next()
    assert set(reading) == {
        *("event", "reader", "at", "genuine", "code", "level", "checks"),
        *("access", "commands", "ms", "training"),
    }
    assert (reading["genuine"], reading["code"], reading["access"]) == (True, None, "PACE-CAN")
    assert reading["checks"]["passive"]["status"] == "passed"
    service.remove(ONE)
    watch.told(f"card-removed {ONE}")  # the reset after a reading is no card that went and came
    service.insert(ONE, Chip(tampered(authority.issue(MAU_THU), MAU_THU, "dg1")))
    watch.told(f"card-inserted {ONE}")
    forged = watch.next()
    assert (forged["genuine"], forged["code"]) == (False, "proof.group-changed")
    status, said = watch.end()
    assert (status, said) == (0, "")
    for personal in (MAU_THU.id_number, MAU_THU.can, "NGUYEN", "NGUYỄN", "1995"):
        assert personal not in "".join(watch.lines)


def test_with_data_the_reading_itself_is_told(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    service.insert(ONE, chip(authority))
    watch = watching(service.environment, "--with-data", "--can", MAU_THU.can, *trust_options)
    watch.told(f"reader-added {ONE}", f"card-inserted {ONE}")
    events = {event["event"]: event for event in (watch.next(), watch.next())}
    assert events["read-finished"]["reading"]["full_name"] == MAU_THU.full_name
    assert watch.end() == (0, "")


def test_a_piped_line_opens_one_card_laid_before_it_or_after(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, *trust_options)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    service.insert(ONE, chip(authority))
    watch.told(f"card-inserted {ONE}")
    watch.says("not a key")
    unusable = watch.next()
    assert (unusable["event"], unusable["reader"], unusable["code"]) == (
        "read-finished",
        None,
        "card.number-invalid",
    )
    watch.says(MAU_CU.id_number)
    assert watch.next()["code"] == "card.access-denied"
    watch.says(MAU_THU.id_number)
    assert watch.next()["genuine"] is True
    watch.says(qr_text(MAU_CU))
    service.insert(TWO, chip(authority, MAU_CU, pace=False))
    watch.told(f"card-inserted {TWO}")
    reading = watch.next()
    assert (reading["reader"], reading["genuine"], reading["access"]) == (TWO, True, "BAC")
    assert watch.end() == (0, "")


def test_a_card_lifted_in_the_reading_is_read_with_the_same_line_when_laid_again(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, *trust_options)
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    watch.says(MAU_THU.id_number)
    service.insert(ONE, chip(authority, lifted_after=7))
    watch.told(f"card-inserted {ONE}")
    assert watch.next()["code"] == "card.lifted"
    watch.told(f"card-removed {ONE}")
    service.insert(ONE, chip(authority))
    watch.told(f"card-inserted {ONE}")
    assert watch.next()["genuine"] is True
    assert watch.end() == (0, "")


HOLD = """
import sys
from cardreader import pcsc
with pcsc.connect(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_card_that_another_program_holds_is_read_when_it_lets_go_soon_and_called_busy_when_not(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    service.insert(ONE, chip(authority))
    watch = watching(service.environment, *trust_options)
    watch.told(f"reader-added {ONE}", f"card-inserted {ONE}", f"reader-added {TWO}")
    command = [sys.executable, "-c", HOLD, ONE]
    for patience, code in ((30.0, "reader.busy"), (0.5, None)):
        with subprocess.Popen(
            command, env=service.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            watch.says(MAU_THU.id_number)
            if code is None:
                with pytest.raises(subprocess.TimeoutExpired):
                    holder.wait(patience)
            else:
                assert watch.next()["code"] == code
            holder.communicate(b"\n")
    assert watch.next()["genuine"] is True
    assert watch.end() == (0, "")


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


def test_a_security_module_is_told_of_and_never_read(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("ACS ACR1252 Dual Reader SAM")
    service.insert(
        "ACS ACR1252 Dual Reader SAM 00 00", module := Interrupted(chip(authority), 0, service.kill)
    )
    watch = watching(service.environment, "--can", MAU_THU.can, *trust_options)
    watch.told(
        "reader-added ACS ACR1252 Dual Reader SAM 00 00",
        "card-inserted ACS ACR1252 Dual Reader SAM 00 00",
        "reader-added ACS ACR1252 Dual Reader SAM 00 01",
    )
    service.remove("ACS ACR1252 Dual Reader SAM 00 00")
    watch.told("card-removed ACS ACR1252 Dual Reader SAM 00 00")
    assert module.commands == 0
    assert watch.end() == (0, "")


def test_the_words_for_people_name_the_reader_and_the_outcome(
    service: PrivateService, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    service.insert(ONE, chip(authority))
    options = ["--can", MAU_THU.can, *trust_options]
    program = [sys.executable, "-u", "-c", "from cardreader.cli import main; main()", "watch", *options]
    with subprocess.Popen(
        program, env=service.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert any("card inserted" in line and ONE in line for line in lines)
    assert any("Thẻ thật · genuine card" in line for line in lines)
    assert MAU_THU.full_name not in "".join(lines)


def test_a_directory_of_certificates_that_cannot_be_read_ends_it_at_once(service: PrivateService) -> None:
    program = [
        sys.executable,
        "-c",
        "from cardreader.cli import main; main()",
        "watch",
        "--trust",
        "/nowhere",
    ]
    result = subprocess.run(program, env=service.environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert "[proof.trust-unreadable]" in result.stderr
