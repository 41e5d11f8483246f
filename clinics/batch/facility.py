"""A facility's files by its own settings: whose records they must hold, how they are read, who signs."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bhyt.national.signature_making import SigningKey, sign_file
from bhyt.records.dates import VIETNAM
from bhyt.tables.generations import Generation
from clinics.batch.checking import judging
from clinics.batch.rows import Counts
from clinics.batch.run import Checking, Listener, Sending, check_all, upload_all
from clinics.batch.seen import Seen
from clinics.batch.sources import Options, Sign, find_sources
from clinics.clock import utc_now
from clinics.commands.sign import ask_secret
from clinics.settings import ClinicSettings
from clinics.signers import known_signers
from clinics.signing import configured, signing_key


def check_files(
    files: Iterable[Path],
    generation: Generation | None,
    *,
    settings: ClinicSettings,
    listeners: Iterable[Listener],
    counts: Counts,
) -> None:
    """Check files, folders and archives; the listeners hear each row, `counts` counts them."""
    sources = find_sources(files, _options(settings, generation, None))
    check_all(sources, _checking(settings), listeners=listeners, counts=counts)


def upload_files(
    files: Iterable[Path],
    sending: Sending,
    *,
    settings: ClinicSettings,
    sign: Sign | None,
    listeners: Iterable[Listener],
    counts: Counts,
) -> str | None:
    """Check and send files, folders and archives; the listeners hear each row, `counts` counts them.

    `sign` signs the documents that are made of spreadsheets. Return the code of what stopped the
    sending, None when nothing did.
    """
    sources = find_sources(files, _options(settings, sending.generation, sign))
    return upload_all(sources, _checking(settings), sending, listeners=listeners, counts=counts)


@contextmanager
def signing(settings: ClinicSettings) -> Iterator[Sign | None]:
    """Give what signs the documents that are made of spreadsheets, None where no key is named.

    The password or PIN is asked for when the first document is signed.

    Raises SigningError: the key cannot be used.
    """
    if not configured(settings):
        yield None
        return
    with ExitStack() as opened:
        keys: list[SigningKey] = []

        def sign(document: bytes) -> bytes:
            if not keys:
                keys.append(opened.enter_context(signing_key(settings, ask=ask_secret)))
            return sign_file(document, keys[0], signed_at=utc_now())

        yield sign


def _checking(settings: ClinicSettings) -> Checking:
    """Return how the facility's files are checked today, in a run of its own."""
    today = utc_now().astimezone(VIETNAM).date()
    judge = judging(facility=settings.facility, signers=known_signers(settings), today=today)
    return Checking(settings.facility, judge, Seen())


def _options(settings: ClinicSettings, generation: Generation | None, sign: Sign | None) -> Options:
    """Return how files are read here: rows of a spreadsheet are this facility's where they do not say."""
    place = {
        "MACSKCB": settings.facility,
        "MA_CSKCB": settings.facility,
        "DIACHI_CSKCB": settings.facility_address,
    }
    return Options(generation=generation, shared=place, sign=sign)
