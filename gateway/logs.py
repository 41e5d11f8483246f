"""Logs as JSON lines on stderr: what happened to which request, never whose data it was."""

import sys
from typing import Any

import structlog

_STAMPS: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)

# The web server and the durable queue log through the standard library: the same lines, on the same stream.
STANDARD_LIBRARY: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _JSON],
            "foreign_pre_chain": _STAMPS,
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    },
    "loggers": {
        "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "dbos": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}


def configure() -> None:
    """Set up the logs of this process."""
    structlog.configure(
        processors=[*_STAMPS, _JSON],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
