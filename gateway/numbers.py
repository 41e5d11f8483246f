"""The numbers by which a person is known, as FHIR identifiers carry them; two persons are never mixed."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway import systems
from gateway.errors import RecordRefused


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers by which a record names its person; `reference` is a literal `Patient/<id>`."""

    national_id: str | None = None
    insurance_number: str | None = None
    card_number: str | None = None
    reference: str | None = None

    @property
    def known(self) -> bool:
        """Say whether the person can be told from these."""
        return bool(self.national_id or self.insurance_number)

    @property
    def names_person(self) -> bool:
        """Say whether there is a number beyond that of an insurance card."""
        of_card = self.card_number[5:] if self.card_number else None
        return bool(self.national_id) or self.insurance_number not in {None, of_card}


def identifier(value: object, system: str) -> str | None:
    """Return the value of the first identifier of `system` in an Identifier or a list of them."""
    return next(_values(value, system), None)


def numbers(identifiers: object) -> Numbers:
    """Return the one person's numbers among identifiers; a card number tells the insurance number too.

    Raises RecordRefused: there are two citizen or two insurance numbers.
    """
    card = identifier(identifiers, systems.INSURANCE_CARD)
    insurance_number = _only(identifiers, systems.INSURANCE_NUMBER)
    return Numbers(
        national_id=_only(identifiers, systems.CITIZEN_ID),
        insurance_number=insurance_number or (card[5:] if card else None),
        card_number=card,
    )


def joined(record: Numbers, referred: Numbers) -> Numbers:
    """Return what a record says of its person, completed by the Patient that it refers to.

    A record that names the person itself must have a number in common with the Patient; one that
    names no more than an insurance card must not contradict it.

    Raises RecordRefused: they are not known to be the same person.
    """
    pairs = (
        (record.national_id, referred.national_id),
        (record.insurance_number, referred.insurance_number),
    )
    compared = [one == other for one, other in pairs if one and other]
    if not all(compared) or (record.names_person and not compared):
        raise _persons_differ()
    return merge(record, referred)


def merge(one: Numbers, other: Numbers) -> Numbers:
    """Return the numbers of both, the first one's where they differ."""
    return Numbers(
        one.national_id or other.national_id,
        one.insurance_number or other.insurance_number,
        one.card_number or other.card_number,
        one.reference or other.reference,
    )


def _only(identifiers: object, system: str) -> str | None:
    found = set(_values(identifiers, system))
    if len(found) > 1:
        raise _persons_differ()
    return found.pop() if found else None


def _values(value: object, system: str) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and item.get("system") == system and isinstance(item.get("value"), str):
            yield item["value"]


def _persons_differ() -> RecordRefused:
    return RecordRefused("record.persons-differ", "the record's ways of naming its person do not agree")
