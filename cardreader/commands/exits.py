"""How a command ends: its failure in words on stderr, and the exit status that belongs to it."""

from rich.console import Console

from cardreader.errors import CardError, InputUnusable, NotGenuine, TrustUnreadable

EXIT_USAGE, EXIT_CARD, EXIT_NOT_GENUINE = 2, 3, 5


def stderr() -> Console:
    """Return the console for words, beside the data on stdout."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def exit_status(error: CardError) -> int:
    """Return 2 for what the caller gave, 3 for card or reader trouble, 5 for a card that is not genuine."""
    if isinstance(error, NotGenuine):
        return EXIT_NOT_GENUINE
    return EXIT_USAGE if isinstance(error, (InputUnusable, TrustUnreadable)) else EXIT_CARD
