"""The use case: read a chip ID card through any transport and say how far it can be trusted."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from cardreader.access.apdu import WholeAnswers
from cardreader.access.keys import AccessKeys
from cardreader.access.opening import WAYS, open_card
from cardreader.collecting import collect
from cardreader.errors import MalformedData, NotAnIdCard, NotGenuine
from cardreader.proof.evidence import CardIdentity, Evidence, details_of, identity
from cardreader.proof.mapping import maps_listed_key
from cardreader.proof.trust import TrustStore
from cardreader.proof.verdict import Verdict, examine
from cardreader.proving import Challenger, LocalChallenger, ask_to_agree, ask_to_sign
from cardreader.traffic import CountedTransport, Stopwatch
from cardreader.transport import Transport

WANTED = (1, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class CardReading:
    """What one reading gave; the fields of `CardIdentity` first.

    They are what the card states. Of a card that failed a check (`checks.failure()`) the name
    and all else may be forged: show them only beside the reason, and never act on them.
    `dg13` is empty when the card has none or in an unknown form. `nonce` is what the chip signed,
    None when it was not asked to. `extended` says that commands of extended length were used,
    `too_long` that the chip proved nothing because its answers do not fit what card and reader can
    carry; `left_out` are wanted groups that EF.SOD lists and the card does not give, with the
    error's code.
    Times are milliseconds: `transmit_ms` is the reader's and the card's share of `elapsed_ms`, and
    `timing` the time of each part: access, files, active, chip.
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
    checks: Verdict
    evidence: Evidence = field(repr=False)
    commands: int
    bytes_sent: int
    bytes_received: int
    elapsed_ms: float
    transmit_ms: float
    training: bool
    extended: bool
    too_long: bool
    nonce: bytes | None = field(repr=False)
    left_out: dict[int, str]
    timing: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return everything but the raw evidence as JSON values, with `level` and the `groups` read."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "evidence"}
        return (
            plain
            | self.checks.to_json()
            | {
                "nonce": self.nonce.hex() if self.nonce else None,
                "groups": sorted(self.evidence.data_groups),
                "left_out": {str(number): code for number, code in self.left_out.items()},
            }
        )


def read_card(
    transport: Transport,
    keys: AccessKeys,
    *,
    trust: TrustStore,
    now: datetime,
    expected_id: str | None = None,
    wanted: Sequence[int] = WANTED,
    challenger: Challenger | None = None,
    ways: Sequence[str] = WAYS,
    extended: bool | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    clock: Callable[[], float] = time.perf_counter,
) -> CardReading:
    """Open the card, read EF.SOD and the wanted data groups, have the chip prove itself, check all.

    DG1 is always read; another group is left out when EF.SOD does not list it or the card does not
    give it. DG15 among the wanted means active authentication, DG14 chip authentication. The
    reader challenges the chip itself unless there is another `challenger`. `ways` are tried in their
    fixed order, `extended` says whether card and reader take extended length (None: find out),
    `expected_id` is the number that a person typed or scanned. A card that fails a check is still
    returned, with the reason in `checks`.

    Raises CardError: as drawn in `cardreader.errors`; NotGenuine when data that fail
    passive authentication cannot even be read.
    """
    counted, watch = CountedTransport(transport, clock=clock), Stopwatch(clock)
    opened = open_card(WholeAnswers(counted), keys, ways=ways, extended=extended, random_bytes=random_bytes)
    watch.lap("access")
    collected = collect(opened, wanted)
    channel, evidence = collected.channel, collected.evidence
    watch.lap("files")
    asking = challenger or LocalChallenger(random_bytes)
    evidence, nonce, signature_fits = ask_to_sign(channel, evidence, wanted, asking)
    watch.lap("active")
    mapped = opened.chip is not None and maps_listed_key(evidence, opened.chip)
    evidence, examination, question_fits = ask_to_agree(channel, evidence, asking, mapped=mapped)
    watch.lap("chip")
    silent = evidence.active_signature is None and evidence.chip_answer is None
    verdict = examine(
        evidence,
        trust,
        at=now,
        nonce=nonce,
        examination=examination,
        mapping=opened.chip,
        wanted=wanted,
        expected_id=expected_id,
    )
    holder, details = _holder(evidence, verdict), details_of(evidence)
    return CardReading(
        **asdict(holder),
        dg13=details.named() if details else {},
        access=opened.access,
        checks=verdict,
        evidence=evidence,
        nonce=nonce,
        left_out=collected.left_out,
        extended=channel.extended,
        too_long=silent and not (signature_fits and question_fits),
        commands=counted.commands,
        bytes_sent=counted.bytes_sent,
        bytes_received=counted.bytes_received,
        elapsed_ms=watch.total(),
        transmit_ms=round(counted.seconds * 1000, 1),
        timing=watch.laps,
        training=verdict.training,
    )


def _holder(evidence: Evidence, verdict: Verdict) -> CardIdentity:
    try:
        return identity(evidence)
    except (MalformedData, NotAnIdCard) as error:
        if verdict.passive.status == "failed" and verdict.passive.reason is not None:
            raise NotGenuine(verdict.passive.reason) from error
        raise
