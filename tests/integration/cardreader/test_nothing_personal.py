"""What the programs say while they work, on a real pcscd of the test's own: no name, no number, no key."""

import subprocess
import sys

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import tampered
from tests.integration.cardreader.watched import Watch
from tests.private_pcscd import PrivateService

pytestmark = pytest.mark.pcscd
READER = "Desk 00 00"
MAU_THU, MAU_CU = SAMPLES["mau-thu"], SAMPLES["mau-cu"]
PERSONAL = (
    *(MAU_THU.id_number, MAU_THU.document_number, MAU_THU.can, MAU_THU.full_name, MAU_THU.old_id or ""),
    *("NGUYỄN", "NGUYEN", "MAU THU", "12/04/1995", "1995-04-12", "950412", MAU_THU.residence),
    *(MAU_CU.id_number, MAU_CU.can),
)
# Everything that any library logs goes to stderr, down to the last detail.
PROGRAM = """
import logging, sys
logging.basicConfig(level=0, stream=sys.stderr)
from cardreader.cli import main
main()
"""


@pytest.fixture
def service(service: PrivateService) -> PrivateService:
    service.start("Desk")
    return service


def read(service: PrivateService, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "read", "--json", "--reader", READER, *options],
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_nothing_personal(text: str) -> None:
    assert [word for word in PERSONAL if word and word.casefold() in text.casefold()] == []
    assert "Traceback" not in text


def assert_all_logs_clean(service: PrivateService, said: str) -> None:
    assert_nothing_personal(said)
    service.stop()
    assert_nothing_personal(service.log.read_text(encoding="utf-8"))


@pytest.mark.parametrize("habits", [Habits(), Habits(pace=False)], ids=["PACE", "BAC"])
def test_a_reading_says_nothing_beside_its_answer(
    habits: Habits, service: PrivateService, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    card = authority.issue(MAU_THU, habits=habits)
    service.insert(READER, Chip(card))
    result = read(service, "--number", MAU_THU.id_number, "--mrz", card.access_information, *trust_options)
    assert (result.returncode, MAU_THU.id_number in result.stdout) == (0, True)
    assert_all_logs_clean(service, result.stderr)


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        pytest.param(["--number", MAU_CU.id_number], 3, "card.access-denied", id="another person's number"),
        pytest.param(["--number", MAU_THU.id_number + "0"], 2, "card.number-invalid", id="a number too long"),
        pytest.param(
            ["--qr", f"{MAU_THU.id_number}|{MAU_THU.full_name}"], 2, "card.qr-invalid", id="half a code"
        ),
        pytest.param(
            ["--mrz", "IDVNM3000000017033300000001<<4"], 2, "card.mrz-invalid", id="one line of the zone"
        ),
    ],
)
def test_a_reading_that_fails_names_no_person(
    key: list[str],
    status: int,
    code: str,
    service: PrivateService,
    authority: TrainingAuthority,
    trust_options: list[str],
) -> None:
    service.insert(READER, Chip(authority.issue(MAU_THU)))
    result = read(service, *key, *trust_options)
    assert (result.returncode, result.stdout) == (status, "")
    assert f"[{code}]" in result.stderr
    assert_all_logs_clean(service, result.stderr)


def test_a_forged_or_lifted_card_names_no_person_on_stderr(
    service: PrivateService, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    options = ["--number", MAU_THU.id_number, *trust_options]
    service.insert(READER, Chip(tampered(authority.issue(MAU_THU), MAU_THU, "dg1")))
    forged = read(service, *options)
    service.insert(READER, Chip(authority.issue(MAU_THU, habits=Habits(lifted_after=9))))
    lifted = read(service, *options)
    assert (forged.returncode, lifted.returncode, lifted.stdout) == (5, 3, "")
    assert_all_logs_clean(service, forged.stderr + lifted.stderr)


def test_watching_names_no_person_whatever_is_piped_in(
    service: PrivateService, authority: TrainingAuthority, trust_options: list[str]
) -> None:
    service.insert(READER, Chip(authority.issue(MAU_THU)))
    watch = Watch(service.environment, *trust_options, program=PROGRAM)
    watch.told(f"reader-added {READER}", f"card-inserted {READER}", "reader-added Desk 00 01")
    for line, code in (
        (MAU_CU.id_number, "card.access-denied"),
        (f"{MAU_THU.id_number}|{MAU_THU.full_name}|", "card.qr-invalid"),
        (MAU_THU.id_number, None),
    ):
        watch.says(line)
        assert watch.next()["code"] == code
    status, said = watch.end()
    assert status == 0
    assert_all_logs_clean(service, said + "".join(watch.lines))
