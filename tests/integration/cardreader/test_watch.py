"""`tiepdon-card watch` on a real pcscd of its own, which is stopped and started under it."""

import signal
import subprocess
import sys

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from tests.integration.cardreader.watched import (
    MAU_CU,
    MAU_THU,
    ONE,
    TWO,
    Interrupted,
    Watching,
    chip,
)
from tests.private_pcscd import PrivateService

pytestmark = pytest.mark.pcscd


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


def test_a_standing_key_comes_as_the_first_line_and_those_of_single_cards_after_it(
    service: PrivateService, watching: Watching, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.start("Desk")
    watch = watching(service.environment, "--number", "-", *trust_options)
    watch.says(f"{MAU_THU.id_number}\n{MAU_CU.id_number}")
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    for citizen in (MAU_CU, MAU_THU):
        service.insert(ONE, chip(authority, citizen))
        watch.told(f"card-inserted {ONE}")
        assert watch.next()["genuine"] is True
        service.remove(ONE)
        watch.told(f"card-removed {ONE}")
    assert watch.end() == (0, "")


def test_a_service_that_is_not_there_yet_is_waited_for(service: PrivateService, watching: Watching) -> None:
    watch = watching(service.environment)
    service.start("Desk")
    watch.told(f"reader-added {ONE}", f"reader-added {TWO}")
    watch.hang_up()
    assert watch.end(signal.SIGTERM)[0] == 0


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
    assert any("TRAINING CARD · Chip gốc, dữ liệu thật" in line for line in lines)
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
