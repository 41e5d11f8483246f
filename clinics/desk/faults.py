"""What is written down of a fault that nobody foresaw."""

import logging

from failures.faults import places

FAULT = "desk.fault"
_log = logging.getLogger(__name__)


def log_fault(fault: Exception, *, during: str) -> None:
    """Log the fault under its code, with its kind and places and without its words."""
    _log.error("%s during %s: %s", FAULT, during, places(fault))
