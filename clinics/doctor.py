"""Is this desk fit to work? One line for each part it needs, with the remedy where it is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from bhyt.errors import SignatureRefused
from bhyt.national.signature_key_info import check_strength, lifetime, signer_name
from cardreader import pcsc
from cardreader.errors import CardError
from cardreader.proof.trust import TrustStore
from clinics import outbox
from clinics.errors import ClinicError, NotPaired, SigningKeyUnusable
from clinics.exits import REFUSED, USAGE, exit_code
from clinics.gateway_client import FACILITY_DIFFERS, Gateway, Health
from clinics.pairing import load_key
from clinics.settings import ClinicSettings
from clinics.signing import certificate_shown, configured

CLOCK_TOLERANCE = timedelta(seconds=60)
ENDING_SOON = timedelta(days=30)
"""How long before its end a signing certificate is warned about."""

VPCD_PLACES = (Path("/etc/reader.conf.d"), Path("/usr/lib/pcsc/drivers/serial"))


Part = Literal[
    "settings", "key", "trust", "reader", "vpcd", "gateway", "clock", "token", "facility", "outbox", "signing"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the desk: `code` finds words and remedy in `failures` unless the level is ok.

    `exit_code` is the status that a failure of this part ends the command with.
    """

    part: Part
    level: Literal["ok", "warn", "fail"]
    detail: str = ""
    code: str | None = None
    exit_code: int = USAGE


def examine(settings: ClinicSettings, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Yield what was found, part by part; a part that cannot be looked at because of another is left out.

    Nothing is made: no key, no outbox.
    """
    paired = _looked("settings", settings.require_paired, settings.gateway_url)
    yield paired
    reachable = paired.level == "ok"
    if paired.code != NotPaired.code:
        key = _looked("key", lambda: load_key(settings.data_dir).thumbprint())
        reachable = reachable and key.level == "ok"
        yield key
    yield _trust(settings)
    yield _looked("reader", lambda: ", ".join(pcsc.readers_meant(settings.reader)))
    yield _virtual_reader(training=settings.training)
    if reachable:
        yield from _gateway(settings, now)
    if (settings.data_dir / outbox.FILE).exists():
        yield _outbox(settings)
    if configured(settings):
        yield _signing(settings, now())


def _looked(part: Part, look: Callable[[], str | None], detail: str = "") -> Finding:
    try:
        return Finding(part, "ok", look() or detail)
    except (ClinicError, CardError) as error:
        return _failed(part, error)


def _failed(part: Part, error: ClinicError | CardError) -> Finding:
    return Finding(part, "fail", str(error), error.code, exit_code(error))


def _trust(settings: ClinicSettings) -> Finding:
    try:
        count = TrustStore.from_directory(settings.trust, training=settings.training).count
    except CardError as error:
        return _failed("trust", error)
    if count == 0:
        return Finding("trust", "fail", str(settings.trust), "proof.no-trust-list")
    return Finding("trust", "ok", f"{count} certificates")


def _virtual_reader(*, training: bool) -> Finding:
    found = [str(path) for place in VPCD_PLACES for path in sorted(place.glob("*vpcd*"))]
    if not found:
        return Finding("vpcd", "ok", "not installed")
    if training:
        return Finding("vpcd", "ok", "installed, on a training desk")
    # It listens on every interface: whoever reaches it can lay a card of his making on this desk.
    return Finding("vpcd", "warn", found[0], "desk.virtual-reader")


def _gateway(settings: ClinicSettings, now: Callable[[], datetime]) -> Iterator[Finding]:
    try:
        with Gateway(settings, load_key(settings.data_dir), now=now) as gateway:
            health = gateway.health()
            kind = " (training)" if health.training else ""
            yield Finding("gateway", "ok", settings.gateway_url + kind)
            yield _clock(health, now())
            yield from _token(gateway, settings.facility)
    except ClinicError as error:
        yield _failed("gateway", error)


def _token(gateway: Gateway, facility: str) -> Iterator[Finding]:
    try:
        registered = gateway.sign_in()
    except ClinicError as error:
        yield _failed("token", error)
        return
    yield Finding("token", "ok", "obtained")
    if registered in {None, facility}:
        yield Finding("facility", "ok", facility)
    else:
        yield Finding("facility", "fail", f"{facility}, registered: {registered}", FACILITY_DIFFERS, REFUSED)


def _clock(health: Health, here: datetime) -> Finding:
    if health.clock is None:
        return Finding("clock", "warn", "the gateway sent no Date", "desk.clock-unknown")
    difference = here - health.clock
    detail = f"{difference.total_seconds():+.0f} s"
    if abs(difference) > CLOCK_TOLERANCE:
        return Finding("clock", "fail", detail, "desk.clock-wrong")
    return Finding("clock", "ok", detail)


def _outbox(settings: ClinicSettings) -> Finding:
    try:
        with outbox.Outbox.open(settings.data_dir) as opened:
            counts = opened.counts()
    except ClinicError as error:
        return _failed("outbox", error)
    detail = ", ".join(f"{number} {state}" for state, number in counts.items())
    if counts["refused"]:
        return Finding("outbox", "warn", detail, "outbox.refused-items")
    if counts["pending"]:
        return Finding("outbox", "warn", detail, "outbox.backlog")
    return Finding("outbox", "ok", detail)


def _signing(settings: ClinicSettings, now: datetime) -> Finding:
    """Tell which certificate signs and when it ends, as far as that is seen without asking for a secret."""
    try:
        certificate = certificate_shown(settings)
        if certificate is None:
            return Finding("signing", "ok", "the password is asked for when a file is signed")
        check_strength(certificate)
    except ClinicError as error:
        return _failed("signing", error)
    except SignatureRefused as refusal:
        return Finding("signing", "fail", refusal.reason, SigningKeyUnusable.code)
    first, last = lifetime(certificate)
    detail = f"{signer_name(certificate)}, until {last:%Y-%m-%d}"
    if not first <= now <= last:
        return Finding("signing", "fail", detail, "signature.certificate-ended")
    if last - now < ENDING_SOON:
        return Finding("signing", "warn", detail, "signature.certificate-ending")
    return Finding("signing", "ok", detail)
