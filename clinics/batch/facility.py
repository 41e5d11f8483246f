"""A facility's files by its own settings: whose records they must hold, how they are read, who signs."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from bhyt.national.signature_making import SigningKey
from bhyt.national.signature_signers import Signature
from bhyt.records.dates import VIETNAM
from bhyt.tables.generations import Generation
from clinics.batch.checking import Judge, judging
from clinics.batch.rows import Counts
from clinics.batch.run import Checking, Listener, Sending, check_all, upload_all
from clinics.batch.seen import Seen
from clinics.batch.signing_times import SigningTimes
from clinics.batch.sources import Options, Sign, Source, find_sources
from clinics.batch.upload import Hears
from clinics.clock import utc_now
from clinics.commands.sign import ask_secret
from clinics.settings import ClinicSettings
from clinics.signers import known_signers
from clinics.signing import Ask, configured, signing_key


def check_files(
    files: Iterable[Path],
    generation: Generation | None,
    *,
    settings: ClinicSettings,
    listeners: Iterable[Listener],
    counts: Counts,
    progress: Hears,
) -> None:
    """Check files, folders and archives; the listeners hear each row, `counts` counts them."""
    sources = _heard(find_sources(files, _options(settings, generation, None)), progress)
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
    sources = _heard(find_sources(files, _options(settings, sending.generation, sign)), sending.progress)
    return upload_all(sources, _checking(settings), sending, listeners=listeners, counts=counts)


@contextmanager
def signing(settings: ClinicSettings, *, ask: Ask = ask_secret) -> Iterator[Sign | None]:
    """Give what signs the documents that are made of spreadsheets, None where no key is named.

    The password or PIN is asked for when the first document is signed. A document that was signed before
    gets the same signature again.

    Raises SigningError: the key, or the times of earlier signatures, cannot be used.
    """
    if not configured(settings):
        yield None
        return
    with ExitStack() as opened:
        used: list[tuple[SigningKey, SigningTimes]] = []

        def sign(document: bytes) -> bytes:
            if not used:
                key = opened.enter_context(signing_key(settings, ask=ask))
                used.append((key, opened.enter_context(SigningTimes.open(settings.data_dir))))
            key, times = used[0]
            return times.sign(document, key, now=utc_now())

        yield sign


def _heard(sources: Iterator[Source], progress: Hears) -> Iterator[Source]:
    """Yield the sources; `progress` hears how far they are checked, from the first look at a file on."""
    progress("check", 0, 0)
    for source in sources:
        source.heard = partial(progress, "check")
        yield source
        progress("check", 0, 0)


def _checking(settings: ClinicSettings) -> Checking:
    """Return how the facility's files are checked today, in a run of its own."""
    today = utc_now().astimezone(VIETNAM).date()
    judge = judging(facility=settings.facility, signers=known_signers(settings), today=today)
    return Checking(settings.facility, _or_to_be_signed(judge, settings), Seen(), today)


def _or_to_be_signed(judge: Judge, settings: ClinicSettings) -> Judge:
    """Return what judges signatures, and of what is made here says whether it will be signed.

    What is made of a sheet has no signature while it is only checked. Nothing is said of that where a
    key is there to sign it before it is sent.
    """

    def signature(source: Source) -> Signature | None:
        found = judge(source)
        if found is None or not source.made_here or found.status != "none":
            return found
        return None if configured(settings) else replace(found, code="signature.sheet-unsigned")

    return signature


def _options(settings: ClinicSettings, generation: Generation | None, sign: Sign | None) -> Options:
    """Return how files are read here: rows of a spreadsheet are this facility's where they do not say."""
    place = {
        "MACSKCB": settings.facility,
        "MA_CSKCB": settings.facility,
        "DIACHI_CSKCB": settings.facility_address,
    }
    return Options(generation=generation, shared=place, sign=sign)
