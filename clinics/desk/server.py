"""Serve the desk on this machine only, and keep its outbox moving."""

import socket
import threading
from collections.abc import Callable

from waitress.server import create_server

from clinics.desk.app import create_app
from clinics.desk.state import DeskState
from clinics.desk.stream import STREAM_LIMIT
from clinics.errors import PortTaken
from clinics.reader import Reader
from clinics.station import Station

THREADS = STREAM_LIMIT + 16
ADDRESS = "127.0.0.1"


def serve(station: Station, reader: Reader, *, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` gets the page's address. Port 0 takes a free one.

    Raises PortTaken: another program listens there.
    """
    with _listen(port) as listening:
        taken = int(listening.getsockname()[1])
        state = DeskState(station, reader)
        app = create_app(state, port=taken)
        # Every stream holds a thread for as long as its page is open, hence more threads than streams.
        server = create_server(app, sockets=[listening], threads=THREADS, ident=None)
        threading.Thread(target=state.watch, name="watch", daemon=True).start()
        ready(f"http://{ADDRESS}:{taken}/")
        try:
            server.run()
        finally:
            state.stop()
            server.close()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as fault:
        raise PortTaken(f"port {port} cannot be used") from fault
