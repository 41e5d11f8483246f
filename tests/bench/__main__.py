"""`make bench`: every benchmark, one after the other; each prints ratios from its own run."""

from tests.bench import card, mapping, national, presence, validation

if __name__ == "__main__":
    card.main()
    national.main()
    presence.main()
    validation.main()
    mapping.main()
