"""How a command ends: its failure in words on stderr, and the exit status that belongs to it."""

from rich.console import Console

from cardreader.errors import (
    CardError,
    EvidenceUnreadable,
    InputUnusable,
    NotGenuine,
    TrustRefused,
    TrustUnreadable,
    TrustUnwritable,
)

EXIT_USAGE, EXIT_CARD, EXIT_NOT_GENUINE = 2, 3, 5


def stderr() -> Console:
    """Return the console for words, beside the data on stdout."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def exit_status(error: CardError) -> int:
    """Return 2 for what the caller gave, 3 for card or reader trouble, 5 for what is not accepted."""
    if isinstance(error, (NotGenuine, TrustRefused)):
        return EXIT_NOT_GENUINE
    given = (InputUnusable, EvidenceUnreadable, TrustUnreadable, TrustUnwritable)
    return EXIT_USAGE if isinstance(error, given) else EXIT_CARD
