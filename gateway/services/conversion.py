"""Is a posted record the conversion of the original that travels with it? Else it is refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bhyt.r4.bundle import record_in_original
from bhyt.records.content import content_hash
from gateway.errors import Issue, RecordRefused
from gateway.services import originals
from gateway.services.storing import Entry


def checked(entries: Sequence[Entry]) -> list[Entry]:
    """Compare every record of a transaction with the original that its Provenance names as source.

    Return the entries, those records with the content hash of what the original says: it holds
    fields that have no home in FHIR, so that a change of one of them is not taken for the same record.
    A record without such a Provenance was born in a form, and has no original.

    Raises RecordRefused: the original is not in the transaction, or says something else.
    """
    by_url = {entry.full_url: entry for entry in entries if entry.full_url}
    hashes: dict[str | None, str] = {}
    faults = []
    for number, entry in enumerate(entries):
        if entry.type == "Provenance":
            for target, original in _pairs(entry.resource, by_url):
                found = record_in_original(target.resource, originals.content(original)) if original else None
                if found is None:
                    where = f"Bundle.entry[{number}]"
                    text = "the record is not the conversion of its original"
                    faults.append(Issue("record.not-its-original", where, text))
                else:
                    hashes[target.full_url] = f"original:{content_hash(found)}"
    if faults:
        raise RecordRefused("record.not-its-original", "not its original", issues=tuple(faults))
    return [replace(entry, content_hash=hashes.get(entry.full_url)) for entry in entries]


def _pairs(
    provenance: Mapping[str, Any], by_url: Mapping[str, Entry]
) -> Iterator[tuple[Entry, Mapping[str, Any] | None]]:
    """Yield each target of a Provenance with the Binary of each of its sources."""
    for target in provenance.get("target", []):
        record = by_url.get(target.get("reference"))
        for entity in provenance.get("entity", []):
            if record is not None and entity.get("role") == "source":
                yield record, _original(entity, by_url)


def _original(entity: Mapping[str, Any], by_url: Mapping[str, Entry]) -> Mapping[str, Any] | None:
    """Follow Provenance.entity.what to the DocumentReference, and its attachment to the Binary."""
    described = by_url.get(entity.get("what", {}).get("reference"))
    if described is None or described.type != "DocumentReference":
        return None
    url = described.resource["content"][0]["attachment"].get("url")
    binary = by_url.get(url)
    return binary.resource if binary is not None and binary.type == "Binary" else None
