"""The numbers by which a person is known, as FHIR identifiers carry them."""

from dataclasses import dataclass

from gateway import systems


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


def identifier(value: object, system: str) -> str | None:
    """Return the value of the first identifier of `system` in an Identifier or a list of them."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and item.get("system") == system and isinstance(item.get("value"), str):
            return str(item["value"])
    return None


def numbers(identifiers: object) -> Numbers:
    """Return the person's numbers among identifiers; a card number tells the insurance number too."""
    card = identifier(identifiers, systems.INSURANCE_CARD)
    return Numbers(
        national_id=identifier(identifiers, systems.CITIZEN_ID),
        insurance_number=identifier(identifiers, systems.INSURANCE_NUMBER) or (card[5:] if card else None),
        card_number=card,
    )


def merge(one: Numbers, other: Numbers) -> Numbers:
    """Return the numbers of both, the first one's where they differ."""
    return Numbers(
        one.national_id or other.national_id,
        one.insurance_number or other.insurance_number,
        one.card_number or other.card_number,
        one.reference or other.reference,
    )
