"""What `tiepdon-card watch` reads, with which key, and what it tells of it, on a real pcscd of its own."""

import subprocess
import sys

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import Citizen
from cardreader.emulator.tampering import tampered
from tests.integration.cardreader.watched import MAU_CU, MAU_THU, ONE, TWO, Interrupted, Watching, chip
from tests.private_pcscd import PrivateService

pytestmark = pytest.mark.pcscd


def qr_text(citizen: Citizen) -> str:
    born, issued = f"{citizen.birth_date:%d%m%Y}", f"{citizen.issue_date:%d%m%Y}"
    sex = "Nữ" if citizen.sex == "female" else "Nam"
    return (
        f"{citizen.id_number}|{citizen.old_id}|{citizen.full_name}|{born}|{sex}|{citizen.residence}|{issued}"
    )


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
