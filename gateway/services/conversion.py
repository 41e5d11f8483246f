"""Is a posted record the conversion of the original that travels with it? Else it is refused.

A Binary, DocumentReference or Provenance is taken only as a part of what `bhyt.r4.bundle.submission`
makes: inside one transaction, one original for each record, every word about it computed again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bhyt.r4.bundle import Addresses, OriginalFile, provenance
from bhyt.r4.checked import without_empty
from bhyt.r4.index import comparable
from bhyt.r4.lookup import child, first, text
from bhyt.records.content import Record, content_hash
from gateway.errors import Issue, RecordRefused
from gateway.services import originals
from gateway.services.entries import Entry

COMPANIONS = frozenset({"Binary", "DocumentReference", "Provenance"})
_NOT_ITS_ORIGINAL = "record.not-its-original"
_MISDESCRIBED = "record.original-misdescribed"
_WORDS = {
    _NOT_ITS_ORIGINAL: "the record is not the conversion of its original",
    _MISDESCRIBED: "the original, its description and its provenance are not as a submission has them",
}


@dataclass(frozen=True, slots=True)
class _Submission:
    """A record and what travels with it, as the Provenance ties them together."""

    record: Entry
    binary: Entry
    reference: Entry
    provenance: Entry

    @property
    def addresses(self) -> Addresses:
        return Addresses(
            self.record.full_url or "", self.binary.full_url or "", self.reference.full_url or ""
        )


def checked(entries: Sequence[Entry]) -> list[Entry]:
    """Compare every record of a transaction with the original that its Provenance names as source.

    Return the entries, those records with their original, and the content hash of what it says: it holds
    fields that have no home in FHIR, so that a change of one of them is not taken for the same record.
    A record without such a Provenance was born in a form, and has no original. Each original is read
    once, whatever refers to it. The resources must be valid R4.

    Raises RecordRefused: an original says something else, or is not described as a submission does it.
    """
    by_url = {entry.full_url: entry for entry in entries if entry.full_url}
    files = {
        url: OriginalFile(originals.content(entry.resource))
        for url, entry in by_url.items()
        if entry.type == "Binary"
    }
    hashes: dict[str, str] = {}
    binaries: dict[str, str] = {}
    used: set[str] = set()
    refused: dict[int, str] = {}
    for number, entry in enumerate(entries):
        if entry.type != "Provenance":
            continue
        found = _submission(entry, by_url)
        if found is None or found.addresses.record in hashes:
            refused[number] = _MISDESCRIBED
            continue
        file = files[found.addresses.binary]
        record = file.record_of(found.record.resource)
        if record is None:
            refused[number] = _NOT_ITS_ORIGINAL
        elif not _is_described(found, file, record):
            refused[number] = _MISDESCRIBED
        else:
            hashes[found.addresses.record] = f"original:{content_hash(record)}"
            binaries[found.addresses.record] = found.addresses.binary
            used |= {found.addresses.binary, found.addresses.reference}
    for number, entry in enumerate(entries):
        if entry.type in {"Binary", "DocumentReference"} and entry.full_url not in used and not refused:
            refused[number] = _MISDESCRIBED
    if refused:
        raise refusal(refused)
    return [
        replace(
            entry,
            content_hash=hashes.get(entry.full_url or ""),
            original=binaries.get(entry.full_url or ""),
        )
        for entry in entries
    ]


def refuse_alone(entry: Entry) -> None:
    """Check that an entry that stands for itself is not what only travels with a record.

    Raises RecordRefused: it is.
    """
    if entry.type in COMPANIONS:
        raise RecordRefused(_MISDESCRIBED, "taken only in one transaction with its record")


def refusal(refused: Mapping[int, str]) -> RecordRefused:
    """Return the refusal of a transaction by the code for each faulty entry."""
    issues = tuple(Issue(code, f"Bundle.entry[{number}]", _WORDS[code]) for number, code in refused.items())
    return RecordRefused(issues[0].code, issues[0].text, issues=issues)


def _submission(entry: Entry, by_url: Mapping[str, Entry]) -> _Submission | None:
    """Return what a Provenance ties together, None if a part is missing or of another type."""

    def at(url: object) -> Entry | None:
        return by_url.get(text(url) or "")

    source = at(child(first(entry.resource, "entity"), "what").get("reference"))
    record = at(first(entry.resource, "target").get("reference"))
    if source is None or record is None or source.type != "DocumentReference":
        return None
    binary = at(_attachment(source).get("url"))
    if binary is None or binary.type != "Binary":
        return None
    return _Submission(record, binary, source, entry)


def _is_described(found: _Submission, file: OriginalFile, record: Record) -> bool:
    """Say whether all that is said of the original is what the original itself makes us say."""
    media_type = text(found.binary.resource.get("contentType")) or ""
    title = text(_attachment(found.reference).get("title"))
    at = found.addresses
    expected = (
        (found.binary, file.binary(media_type)),
        (found.reference, file.reference(record, at, file_name=title, media_type=media_type)),
        (found.provenance, provenance(record, at)),
    )
    return all(comparable(entry.resource) == comparable(without_empty(made)) for entry, made in expected)


def _attachment(reference: Entry) -> dict[str, Any]:
    return child(first(reference.resource, "content"), "attachment")
