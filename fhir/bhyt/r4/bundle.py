"""One record and its original on their way to the gateway, and the proof that both belong together.

A submission is a `transaction` of four: the record's own resource, the original file's bytes
(Binary), a DocumentReference that says what they are (SHA-256), and a Provenance that says the
one came from the other. The same record and file make the same submission, byte for byte.
"""

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from bhyt.errors import RecordsError
from bhyt.national import read_file
from bhyt.r4 import birth, checkin, claim, death
from bhyt.r4.checked import checked, without_empty
from bhyt.r4.document import urn
from bhyt.r4.index import content_hash, index
from bhyt.r4.systems import Element, facility_reference, identifier
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.content import Record, business_key, kind
from bhyt.records.dates import PartialDate
from bhyt.records.death import Death
from bhyt.records.visit import Visit

MAX_ORIGINAL_BYTES = 7_000_000
"""The largest file that can travel: each of its records carries it whole in base64, a third longer, within
one request of 10 MB (`bhyt.parsing.MAX_BYTES`), which leaves a megabyte for the record."""

_PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def resource_of(record: Record) -> Element:
    """Return the record's main resource: Claim, Encounter, or the document Bundle of a birth or death."""
    return checked(_element(record))


def element_of(record: Record) -> Element:
    """Return the same resource, not checked by R4B's classes, which takes a tenth of the time."""
    element = _element(record)
    return element if isinstance(record, Visit) else without_empty(element)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The fullUrl of a submission's record, of its original and of what describes the original."""

    record: str
    binary: str
    reference: str


class OriginalFile:
    """A file that holds records: read at most once, and each record converted at most once.

    An unreadable file holds no record.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.digest = hashlib.sha256(data).hexdigest()
        self._converted: dict[tuple[str, str], dict[str, Record]] = {}

    def record_of(self, resource: Element) -> Record | None:
        """Return the record whose conversion a Claim, Encounter or document Bundle is, or None.

        `id` and `meta`, which servers own, and zeros behind a decimal make no difference,
        everything else does.
        """
        wanted = index(resource)
        if wanted is None:
            return None
        key = (wanted.kind, wanted.business_key)
        if key not in self._converted:
            # Not `checked`: comparing needs no check, which costs ten times more.
            self._converted[key] = {
                content_hash(element_of(record)): record for record in self._records.get(key, ())
            }
        return self._converted[key].get(content_hash(resource))

    def binary(self, media_type: str) -> Element:
        """Return the file's bytes as a submission carries them, not yet checked."""
        data = base64.b64encode(self.data).decode("ascii")
        return {"resourceType": "Binary", "contentType": media_type, "data": data}

    def reference(self, record: Record, at: Addresses, *, file_name: str | None, media_type: str) -> Element:
        """Return what the file is, not yet checked; R4's `hash` is SHA-1, so SHA-256 is an identifier."""
        attachment = {
            "contentType": media_type,
            "url": at.binary,
            "size": len(self.data),
            "title": file_name,
        }
        return {
            "resourceType": "DocumentReference",
            "identifier": [identifier("sha-256", self.digest)],
            "status": "current",
            "custodian": facility_reference(record.facility),
            "content": [{"attachment": attachment}],
            "context": {"related": [{"reference": at.record}]},
        }

    @cached_property
    def _records(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = {}
        with suppress(RecordsError):
            for record in read_file(self.data).records:
                found.setdefault((kind(record), business_key(record)), []).append(record)
        return found


def provenance(record: Record, at: Addresses) -> Element:
    """Return who made the record, out of which original, not yet checked.

    Its time is the record's own (end of the visit, day of issue, arrival), because a conversion
    that is the same tomorrow has no time of its own.
    """
    facility = facility_reference(record.facility)
    return {
        "resourceType": "Provenance",
        "target": [{"reference": at.record}],
        "recorded": _moment(record).to_datetime().isoformat(),
        "agent": [{"type": {"coding": [{"system": _PARTICIPANTS, "code": "author"}]}, "who": facility}],
        "entity": [{"role": "source", "what": {"reference": at.reference}}],
    }


def submission(record: Record, original: bytes, *, file_name: str | None, media_type: str) -> Element:
    """Return the transaction Bundle for one record read from the file `original`."""
    digest = hashlib.sha256(original).hexdigest()
    key = (kind(record), record.facility, business_key(record))
    at = Addresses(urn(*key), urn("original", digest), urn(*key, "document-reference", digest))
    file = OriginalFile(original)
    entries = [
        (at.record, _element(record)),
        (at.binary, file.binary(media_type)),
        (at.reference, file.reference(record, at, file_name=file_name, media_type=media_type)),
        (urn(*key, "provenance", digest), provenance(record, at)),
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": url,
                "resource": checked(part),
                "request": {"method": "POST", "url": part["resourceType"]},
            }
            for url, part in entries
        ],
    }


def _element(record: Record) -> Element:
    """Return the main resource, not yet checked; only a claim is without empty elements already."""
    match record:
        case Visit():
            return claim.claim_element(record)
        case Birth():
            return birth.birth_element(record)
        case Death():
            return death.death_element(record)
        case CheckIn():
            return checkin.check_in_element(record)


def _moment(record: Record) -> PartialDate:
    """Return the record's own time."""
    match record:
        case Visit():
            return record.settled or record.ended
        case CheckIn():
            return record.arrived
        case Birth():
            return record.issued or record.born
        case Death():
            return record.issued
