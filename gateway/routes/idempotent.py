"""`Idempotency-Key` on the doors that store: the first answer, again and again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response, request
from sqlalchemy.orm import Session

from gateway.routes.answers import fhir
from gateway.routes.guard import actor
from gateway.services import idempotency
from gateway.services.idempotency import FirstAnswer


@dataclass(slots=True)
class Answer:
    """The answer under way; `first` is what was answered before under the same key."""

    first: FirstAnswer | None
    given: FirstAnswer | None = None

    def give(self, status: int, body: bytes, location: str | None) -> None:
        """Set the answer of this request."""
        self.given = FirstAnswer(status, body, location)

    def response(self) -> Response:
        """Return the answer as HTTP; to be called after the commit."""
        answer = self.first or self.given
        if answer is None:
            raise RuntimeError("no answer was given")
        version = (answer.location or "").rpartition("/")[2]
        headers = {"Location": answer.location, "ETag": f'W/"{version}"'} if answer.location else {}
        return fhir(answer.body, answer.status, headers)


@contextmanager
def once(session: Session, body: bytes) -> Iterator[Answer]:
    """Yield the answer to fill in, or the first one; keep what was given with the transaction."""
    key = request.headers.get("Idempotency-Key")
    first = None if key is None else idempotency.take(session, key, body, actor=actor())
    answer = Answer(first)
    yield answer
    if key is not None and answer.given is not None:
        idempotency.keep(session, key, answer.given, actor=actor())
