"""What is written down of a fault that nobody foresaw: its kind and its place in the code, never its words.

An exception's message may quote a card or an answer; the name of a class, a file and a line never do.
"""

import logging
import traceback
from pathlib import Path

FAULT = "desk.fault"
_log = logging.getLogger(__name__)


def log_fault(fault: Exception, *, during: str) -> None:
    """Log the fault under its code, with the places that it came through, the innermost first."""
    places = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in traceback.walk_tb(fault.__traceback__)
    ]
    _log.error("%s during %s: %s at %s", FAULT, during, type(fault).__name__, " < ".join(reversed(places)))
