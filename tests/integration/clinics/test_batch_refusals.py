"""What one answer of the gateway to a batch means for the other files: a gateway at our own port."""

from pathlib import Path

import pytest

from clinics.batch.door import BatchDoor
from clinics.batch.facility import upload_files
from clinics.batch.rows import Counts, FileSaid, Row
from clinics.batch.run import Sending
from clinics.batch.upload import unheard
from clinics.clock import utc_now
from clinics.connection import connected
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway, Reply
from tests.integration.clinics.hospital import check_in_file


class Heard:
    """What a listener heard: the code of each file, and the outcome of each row."""

    def __init__(self) -> None:
        self.codes: list[str | None] = []
        self.outcomes: list[str] = []

    def file(self, said: FileSaid) -> None:
        self.codes.append(said.code)

    def row(self, row: Row) -> None:
        self.outcomes.append(row.outcome)


def _upload(desk: Desk, fake: FakeGateway, folder: Path, answer: Reply) -> tuple[str | None, Heard, int]:
    """Upload two files to a gateway that answers so to each announcement; return how often it was asked."""
    asked: list[str] = []

    def announced(path: str) -> Reply | None:
        asked.append(path)
        return answer if path == "/batches" else None

    fake.broken = announced
    folder = folder / "export"
    folder.mkdir()
    for name in ("a.xml", "b.xml"):
        check_in_file(folder / name, [name])
    heard = Heard()
    with connected(desk.settings, now=utc_now) as connection:
        sending = Sending(BatchDoor(connection), None, None, unheard)
        stopped = upload_files(
            [folder], sending, settings=desk.settings, sign=None, listeners=[heard], counts=Counts()
        )
    return stopped, heard, asked.count("/batches")


@pytest.mark.parametrize(
    ("status", "code"), [(400, "request.malformed"), (422, "file.no-facility"), (403, "auth.other-facility")]
)
def test_a_file_that_the_gateway_refuses_stops_no_other_file(
    desk: Desk, fake: FakeGateway, tmp_path: Path, status: int, code: str
) -> None:
    stopped, heard, asked = _upload(desk, fake, tmp_path, FakeGateway.outcome(status, code))
    assert (stopped, heard.codes, heard.outcomes, asked) == (None, [code, code], [], 2)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "auth.scope"), (422, "batch.digest"), (404, "route.unknown")]
)
def test_what_is_not_about_the_file_or_passes_by_itself_stops_the_upload(
    desk: Desk, fake: FakeGateway, tmp_path: Path, status: int, code: str
) -> None:
    stopped, heard, asked = _upload(desk, fake, tmp_path, FakeGateway.outcome(status, code))
    assert stopped
    assert (heard.codes, heard.outcomes, asked) == ([None, None], ["pending", "pending"], 1)
