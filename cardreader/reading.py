"""The use case: read a chip ID card through any transport and say how far it can be trusted."""

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from cardreader.access.apdu import Channel
from cardreader.access.files import read_file
from cardreader.access.keys import AccessKeys
from cardreader.access.opening import open_card
from cardreader.errors import CardRefused, MalformedData, NotAnIdCard, NotGenuine
from cardreader.lds.datagroups import DATA_GROUPS, SECURITY_OBJECT
from cardreader.lds.security_object import parse_security_object
from cardreader.proof.evidence import CardIdentity, Evidence, check_consistency, details_of, identity
from cardreader.proof.passive import PassiveResult, verify_passive
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.trust import TrustStore
from cardreader.traffic import CountedTransport
from cardreader.transport import Transport

CHIP_KEY_GROUP, ACTIVE_KEY_GROUP = 14, 15


@dataclass(frozen=True, slots=True)
class Checks:
    """Every check of one reading."""

    passive: Check
    active: Check
    chip: Check
    consistent: Check

    def failure(self) -> str | None:
        """Return the code of the first reason not to accept the card, None when it can be accepted.

        Passive authentication must have passed; no other check may have failed.
        """
        if not self.passive.passed:
            return self.passive.reason
        others = (self.consistent, self.active, self.chip)
        return next((check.reason for check in others if check.status == "failed"), None)


@dataclass(frozen=True, slots=True)
class CardReading:
    """What one reading gave; the fields of `CardIdentity` first.

    They are what the card states. Of a card that failed a check (`checks.failure()`) the name
    and all else may be forged: show them only beside the reason, and never act on them.
    `dg13` is empty when the card has none or in an unknown form. Times are milliseconds:
    `transmit_ms` is the reader's and the card's share of `elapsed_ms`.
    """

    id_number: str = field(repr=False)
    full_name: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    nationality: str = field(repr=False)
    expiry_date: str | None = field(repr=False)
    document_number: str = field(repr=False)
    dg13: dict[str, Any] = field(repr=False)
    access: str
    checks: Checks
    evidence: Evidence = field(repr=False)
    commands: int
    bytes_sent: int
    bytes_received: int
    elapsed_ms: float
    transmit_ms: float
    training: bool

    def to_json(self) -> dict[str, Any]:
        """Return everything but the raw evidence as JSON values."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "evidence"}
        return plain | {"checks": asdict(self.checks)}


def read_card(
    transport: Transport,
    keys: AccessKeys,
    *,
    trust: TrustStore,
    now: datetime,
    expected_id: str | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    clock: Callable[[], float] = time.perf_counter,
) -> CardReading:
    """Open the card, read EF.SOD, DG1 and DG13, and check them.

    A card without DG13 is read without it. `expected_id` is the number that a person typed or
    scanned. A card that fails a check is still returned, with the reason in `checks`.

    Raises CardError: as drawn in `cardreader.errors`; NotGenuine when data that fail
    passive authentication cannot even be read.
    """
    started = clock()
    counted = CountedTransport(transport, clock=clock)
    opened = open_card(counted, keys, random_bytes=random_bytes)
    evidence = _read_evidence(opened.channel)
    passive = verify_passive(evidence, trust, at=now)
    holder, checks = _examine(evidence, passive, expected_id)
    details = details_of(evidence)
    return CardReading(
        **asdict(holder),
        dg13=details.named() if details else {},
        access=opened.access,
        checks=checks,
        evidence=evidence,
        commands=counted.commands,
        bytes_sent=counted.bytes_sent,
        bytes_received=counted.bytes_received,
        elapsed_ms=round((clock() - started) * 1000, 1),
        transmit_ms=round(counted.seconds * 1000, 1),
        training=passive.training,
    )


def _read_evidence(channel: Channel) -> Evidence:
    security_object = read_file(channel, SECURITY_OBJECT)
    groups = {1: read_file(channel, DATA_GROUPS[1])}
    with contextlib.suppress(CardRefused):  # an extra: check-in works from DG1 and EF.SOD alone
        groups[13] = read_file(channel, DATA_GROUPS[13])
    return Evidence(security_object, groups)


def _examine(
    evidence: Evidence, passive: PassiveResult, expected_id: str | None
) -> tuple[CardIdentity, Checks]:
    try:
        holder, consistent = identity(evidence), check_consistency(evidence, expected_id=expected_id)
    except (MalformedData, NotAnIdCard) as error:
        if passive.check.status == "failed" and passive.check.reason is not None:
            raise NotGenuine(passive.check.reason) from error
        raise
    return holder, Checks(
        passive=passive.check,
        active=_not_made(evidence, ACTIVE_KEY_GROUP, Reason.ACTIVE_ABSENT, Reason.ACTIVE_NOT_DONE),
        chip=_not_made(evidence, CHIP_KEY_GROUP, Reason.CHIP_ABSENT, Reason.CHIP_NOT_DONE),
        consistent=consistent,
    )


def _not_made(evidence: Evidence, group: int, absent: Reason, not_done: Reason) -> Check:
    """Say of a check that it was not made, or that the card has no means for it: its SOD lists no key."""
    try:
        listed = parse_security_object(evidence.security_object).group_hashes
    except MalformedData:
        return Check("not-done", not_done)
    return Check("not-done", not_done) if group in listed else Check("absent", absent)
