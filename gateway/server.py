"""The web server of the gateway: granian, whose workers each make their own app."""

import errno
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


def free_address(host: str, port: int) -> str:
    """Return the IP address that `host` means, an IPv4 one first, where `run` can listen alone.

    Granian shares its port (SO_REUSEPORT): without this, a second gateway would start
    and take half of the first one's requests.

    Raises SettingUnusable: another program listens there, or it is no address of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
            probe.bind(address)
    except OSError as error:  # a name that nobody knows (socket.gaierror) is one
        code = "setup.port-taken" if error.errno == errno.EADDRINUSE else "setup.address-unusable"
        raise SettingUnusable(code, error.strerror or "bind") from error
    return str(address[0])


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
