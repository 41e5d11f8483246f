"""The web server of the gateway: granian, whose workers each make their own app."""

import errno
import ipaddress
import socket

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from gateway import logs
from gateway.doorstep import MAX_THREADS
from gateway.errors import SettingUnusable

CONNECTIONS = 1024  # of one worker, most of them waiting; gateway/doorstep.py says how many work at once
HEADER_MS = 10_000  # how long a request's head may take, and how long a connection may idle


def require_free(host: str, port: int) -> None:
    """Refuse an address on which `run` could not listen alone.

    Granian shares its port (SO_REUSEPORT): without this, a second gateway would start
    and take half of the first one's requests.

    Raises SettingUnusable: another program listens there, or it is no IP address of this machine.
    """
    try:
        version = ipaddress.ip_address(host).version
        with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
            probe.bind((host, port))
    except ValueError as error:
        raise SettingUnusable("setup.address-unusable", "not an IP address") from error
    except OSError as error:
        code = "setup.port-taken" if error.errno == errno.EADDRINUSE else "setup.address-unusable"
        raise SettingUnusable(code, error.strerror or "bind") from error


def run(host: str, port: int, *, workers: int, training: bool) -> None:
    """Serve until told to stop; everything on stderr is one JSON object a line."""
    server = Granian(
        "gateway.app:serve",
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MS),
        factory=True,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.STANDARD_LIBRARY,
        websockets=False,
        backpressure=CONNECTIONS,
    )
    logs.configure()
    structlog.get_logger("gateway").info(
        "serving", host=host, port=port, workers=workers, threads=MAX_THREADS, training=training
    )
    server.serve()
