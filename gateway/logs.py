"""Logs as JSON lines on stderr: what happened to which request, never whose data it was."""

import sys

import structlog


def configure() -> None:
    """Set up the logs of this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
