"""The insurer's side: answers the desks, keeps the records, answers the insurer."""

__version__ = "0.1.0"
