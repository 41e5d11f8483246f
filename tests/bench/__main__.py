"""`make bench`: every benchmark, one after the other; each prints ratios from its own run."""

from tests.bench import batch, card, mapping, national, presence, sheets, validation

if __name__ == "__main__":
    card.main()
    national.main()
    presence.main()
    sheets.main()
    validation.main()
    mapping.main()
    batch.main()
