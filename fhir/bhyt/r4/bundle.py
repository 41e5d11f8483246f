"""One record and its original on their way to the gateway, and the proof that both belong together.

A submission is a `transaction` of four: the record's own resource, the original file's bytes
(Binary), a DocumentReference that says what they are (SHA-256), and a Provenance that says the
one came from the other. The same record and file make the same submission, byte for byte.
"""

import base64
import hashlib

from bhyt.errors import RecordsError
from bhyt.national import read_file
from bhyt.r4 import birth, checkin, claim, death
from bhyt.r4.checked import checked, without_empty
from bhyt.r4.document import urn
from bhyt.r4.index import Indexed, comparable, index
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


def submission(record: Record, original: bytes, *, file_name: str | None, media_type: str) -> Element:
    """Return the transaction Bundle for one record read from the file `original`.

    The Provenance's time is the record's own (end of the visit, day of issue, arrival), because
    a conversion that is the same tomorrow has no time of its own.
    """
    resource = resource_of(record)
    key = (kind(record), record.facility, business_key(record))
    digest = hashlib.sha256(original).hexdigest()
    record_url, binary_url = urn(*key), urn("original", digest)
    reference_url = urn(*key, "document-reference", digest)
    entries = [
        (record_url, resource),
        (binary_url, _binary(original, media_type)),
        (
            reference_url,
            _document_reference(
                record,
                digest,
                size=len(original),
                title=file_name,
                media_type=media_type,
                binary_url=binary_url,
                record_url=record_url,
            ),
        ),
        (urn(*key, "provenance", digest), _provenance(record, record_url, reference_url)),
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": part, "request": {"method": "POST", "url": part["resourceType"]}}
            for url, part in entries
        ],
    }


def record_in_original(resource: Element, original: bytes) -> Record | None:
    """Return the record in `original` whose conversion a Claim, Encounter or document Bundle is, or None.

    The file is read and converted again; `id` and `meta`, which servers own, and zeros behind a
    decimal make no difference, everything else does. An unreadable file holds no record.
    """
    wanted = index(resource)
    if wanted is None:
        return None
    try:
        records = read_file(original).records
    except RecordsError:
        return None
    said = comparable(resource)
    for record in records:
        if _same_record(record, wanted) and comparable(without_empty(_element(record))) == said:
            return record
    return None


def _element(record: Record) -> Element:
    """Return the main resource, not yet checked: comparing needs no check, which costs ten times more."""
    match record:
        case Visit():
            return claim.claim_element(record)
        case Birth():
            return birth.birth_element(record)
        case Death():
            return death.death_element(record)
        case CheckIn():
            return checkin.check_in_element(record)


def _same_record(record: Record, wanted: Indexed) -> bool:
    """Say whether the record has the kind and key that the resource has."""
    return kind(record) == wanted.kind and business_key(record) == wanted.business_key


def _binary(original: bytes, media_type: str) -> Element:
    """Return the original's bytes."""
    data = base64.b64encode(original).decode("ascii")
    return checked({"resourceType": "Binary", "contentType": media_type, "data": data})


def _document_reference(
    record: Record,
    digest: str,
    *,
    size: int,
    title: str | None,
    media_type: str,
    binary_url: str,
    record_url: str,
) -> Element:
    """Return what the original is; R4's `hash` is SHA-1, so SHA-256 stands as an identifier."""
    resource: Element = {
        "resourceType": "DocumentReference",
        "identifier": [identifier("sha-256", digest)],
        "status": "current",
        "custodian": facility_reference(record.facility),
        "content": [
            {"attachment": {"contentType": media_type, "url": binary_url, "size": size, "title": title}}
        ],
        "context": {"related": [{"reference": record_url}]},
    }
    return checked(resource)


def _provenance(record: Record, record_url: str, reference_url: str) -> Element:
    """Return who made the record, out of which original."""
    facility = facility_reference(record.facility)
    resource: Element = {
        "resourceType": "Provenance",
        "target": [{"reference": record_url}],
        "recorded": _moment(record).to_datetime().isoformat(),
        "agent": [{"type": {"coding": [{"system": _PARTICIPANTS, "code": "author"}]}, "who": facility}],
        "entity": [{"role": "source", "what": {"reference": reference_url}}],
    }
    return checked(resource)


def _moment(record: Record) -> PartialDate:
    """Return the record's own time."""
    match record:
        case Visit():
            return record.settled or record.ended
        case CheckIn():
            return record.arrived
        case Birth() | Death():
            return record.issued
