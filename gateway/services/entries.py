"""What comes to be stored, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.services.birth_papers import SecondPaper
from gateway.services.forwarding import Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource to store, parsed and as received; `full_url` is its urn:uuid in a transaction.

    `content_hash` is that of the record in the original which travels with it, where there is one;
    `original` is where that is: the fullUrl of a Binary in the same transaction, or a place in a batch.
    """

    resource: dict[str, Any]
    body: bytes
    full_url: str | None = None
    content_hash: str | None = None
    original: str | Place | None = None

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.resource.get("resourceType"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a resource is; `new` is False where the key had been stored before.

    `corrected` says that this version took an older one's place just now; `received_at` is the version's.
    `restored` says that the older one was cancelled.
    `second` says that it is the second paper about a birth: no correction, but stored all the same unless
    it was known.
    """

    type: str
    id: UUID
    new: bool
    version: int
    received_at: datetime
    corrected: bool = False
    second: SecondPaper | None = None
    restored: bool = False

    @property
    def stored(self) -> bool:
        """Whether something was stored just now."""
        return self.new or self.corrected or (self.second is not None and self.second.known is None)
