"""The double as a program: one process, because what it was told lives in its memory."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from gateway.upstream.double.app import create_double
from gateway.upstream.double.world import World

_DATA, _TOKEN_SECONDS = "TIEPDON_PORTAL_DOUBLE_DATA", "TIEPDON_PORTAL_DOUBLE_TOKEN_SECONDS"
_THREADS = 16


def run(host: str, port: int, *, data: Path | None, token_seconds: int) -> None:
    """Serve until told to stop; the first line on stderr says that this is for training."""
    os.environ[_DATA] = str(data.resolve()) if data else ""
    os.environ[_TOKEN_SECONDS] = str(token_seconds)
    server = Granian(
        f"{__name__}:made",
        address=host,
        port=port,
        workers=1,
        interface=Interfaces.WSGI,
        blocking_threads=_THREADS,
        http=HTTPModes.http1,
        factory=True,
        log_level=LogLevels.warning,
        websockets=False,
    )
    sys.stderr.write(
        f"CỔNG GIẢ LẬP ĐỂ HUẤN LUYỆN, không phải Cổng BHXH: http://{host}:{port}\n"
        f"A DOUBLE OF THE PORTAL FOR TRAINING, not the portal: http://{host}:{port}\n"
    )
    sys.stderr.flush()
    server.serve()


def made() -> Flask:
    """Return the double that the environment describes, as granian asks for it in its own process."""
    data = os.environ[_DATA]
    world = World.read(Path(data) if data else None)
    return create_double(world, now=lambda: datetime.now(UTC), token_seconds=int(os.environ[_TOKEN_SECONDS]))
