"""The gateway's doors as a desk uses them, and what comes back through each.

Fail closed: whatever is not a whole, proper answer is an error with a code.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from uuid import uuid4

from joserfc.jwk import ECKey

from bhyt.r4 import wire
from cardreader.errors import CardError
from cardreader.proof.chip import ChipQuestion
from cardreader.proof.evidence import Evidence
from clinics import answers
from clinics.answers import Cancelled, Challenge, Json, Receipt
from clinics.connection import Connection, Repeat
from clinics.errors import DeskForbidden, GatewayNonsense, RecordRefused
from clinics.settings import ClinicSettings
from clinics.statement import CONTENT_TYPE, Statement

FHIR = "application/fhir+json"
PLAIN = "application/json"
CHALLENGES = "/presence/challenges"
FACILITY_DIFFERS = "setup.facility-differs"


@dataclass(frozen=True, slots=True)
class Presence:
    """What the gateway says after it verified a chip's evidence itself."""

    receipt: str = field(repr=False)
    level: str
    training: bool


@dataclass(frozen=True, slots=True)
class Health:
    """That the gateway answers, its clock (None when it sent none) and whether it is a training one."""

    clock: datetime | None
    training: bool


class Gateway:
    """One gateway as one desk sees it; may be used by several threads."""

    def __init__(
        self,
        settings: ClinicSettings,
        key: ECKey,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Refuse what could not be safe.

        Raises NotPaired, GatewayInsecure, SettingsInvalid: see `Connection`.
        """
        self._connection = Connection(settings, key, now=now, monotonic=monotonic)
        self._key = key
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def health(self) -> Health:
        """Return that the gateway is ready, its time and whether it is a training gateway."""
        answer = self._connection.get("/readyz")
        return Health(
            clock=_http_date(answer.headers.get("date")),
            training=answer.headers.get("x-tiepdon-training") == "true",
        )

    def sign_in(self) -> str | None:
        """Get a token now, or raise why there is none.

        Return the facility that the gateway has registered this desk for, None where it does not say.
        """
        return self._connection.facility()

    def challenge(self, *, reader: str, session: str) -> Challenge:
        """Return a one-time challenge for the chip that lies on this reader now.

        Raises GatewayError: the gateway gives none.
        """
        content = json.dumps({"reader": reader, "session": session}).encode()
        answer = self._connection.post(CHALLENGES, {"Content-Type": PLAIN}, content, Repeat.UNSENT)
        return answers.read_challenge(answer.body)

    def chip_question(self, challenge: str, evidence: Evidence) -> ChipQuestion:
        """Return the gateway's own question for a chip that cannot sign (chip authentication).

        Only EF.SOD, DG1 and DG14 are sent for it.

        Raises RecordRefused with the gateway's code: this evidence names no key to ask. GatewayNonsense:
        also a question that this chip must not be asked. Other GatewayErrors: there is no question.
        """
        groups = {number: evidence.data_groups[number] for number in (1, 14)}
        content = json.dumps({"evidence": Evidence(evidence.security_object, groups).to_json()}).encode()
        path = f"{CHALLENGES}/{challenge}/chip"
        answer = self._connection.post(path, {"Content-Type": PLAIN}, content, Repeat.UNSENT)
        try:
            question = ChipQuestion.from_json(answers.read_object(answer.body))
        except CardError as fault:
            raise GatewayNonsense("the answer holds no question for a chip") from fault
        if not question.suits(groups[14]):
            raise GatewayNonsense("the question is not one for this chip's key")
        return question

    def presence(self, statement: Statement) -> Presence:
        """Return the receipt for a chip's evidence that the gateway found genuine; it is signed here.

        Raises RecordRefused with the gateway's code: not verified. Any other GatewayError: not known.
        """
        content = statement.signed(
            self._key, audience=self._connection.url, now=self._now(), identifier=str(uuid4())
        )
        answer = self._connection.post("/presence", {"Content-Type": CONTENT_TYPE}, content, Repeat.UNSENT)
        found = answers.read_object(answer.body)
        receipt, level = found.get("receipt"), found.get("level")
        if not isinstance(receipt, str) or not isinstance(level, str):
            raise GatewayNonsense("the answer holds no receipt")
        return Presence(receipt=receipt, level=level, training=found.get("training") is True)

    def eligibility(self, request: Json) -> Json:
        """Return the CoverageEligibilityResponse to a CoverageEligibilityRequest.

        Raises DeskForbidden with `setup.facility-differs`: this desk asks in another facility's name.
        """
        path = "/fhir/CoverageEligibilityRequest/$submit"
        try:
            answer = self._connection.post(path, {"Content-Type": FHIR}, wire.write(request), Repeat.ALWAYS)
        except RecordRefused as refused:
            if refused.code != answers.OTHER_FACILITY:
                raise
            # The desk's settings name the facility of a question: no file is to blame.
            raise DeskForbidden("the desk's facility is another one", code=FACILITY_DIFFERS) from refused
        return answers.read_resource(answer.body, "CoverageEligibilityResponse")

    def store(self, path: str, body: bytes, *, idempotency_key: str) -> Receipt:
        """Return the receipt for the resource `body`, posted to `path` (`/fhir/<Type>`).

        Again with the same key is the same as once. Nothing is repeated here: the outbox has its schedule.

        Raises GatewayError: it is refused, or no answer came.
        """
        headers = {"Content-Type": FHIR, "Idempotency-Key": idempotency_key}
        answer = self._connection.post(path, headers, body, Repeat.NEVER)
        return answers.read_receipt(answer.status, answer.headers, answer.body)

    def cancel(self, kind: str, key: str, *, reason: str) -> Cancelled:
        """Return since when a record of this facility's is withdrawn; once more is the same as once.

        Raises RecordRefused with the gateway's code: there is none under this key, or it is too late.
        """
        content = json.dumps({"kind": kind, "key": key, "reason": reason}).encode()
        answer = self._connection.post("/cancellations", {"Content-Type": PLAIN}, content, Repeat.ALWAYS)
        return answers.read_cancelled(answer.body)


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None
