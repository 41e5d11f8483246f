"""What may be written down of a fault that nobody foresaw: its kind and places in the code, never its words.

An exception's message may quote a card or an answer; the name of a class, a file and a line never do.
"""

import traceback
from pathlib import Path


def places(fault: Exception) -> str:
    """Return the fault's class and the places that it came through, the innermost first."""
    steps = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in traceback.walk_tb(fault.__traceback__)
    ]
    return f"{type(fault).__name__} at {' < '.join(reversed(steps))}"
