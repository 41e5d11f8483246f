"""Serve the desk on this machine only, and keep its outbox moving."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server

from clinics.desk.app import create_app
from clinics.desk.state import DeskState
from clinics.desk.stream import STREAM_LIMIT
from clinics.errors import PortTaken
from clinics.reader import Reader
from clinics.station import Station

# Every stream holds a thread for as long as its page is open, hence more threads than streams.
THREADS = STREAM_LIMIT + 16
# Far more than a desk's pages need; one that says nothing whole is given up long before they are used up.
CONNECTION_LIMIT = 500
SILENT_SECONDS = 20
CLEANUP_SECONDS = 5
ADDRESS = "127.0.0.1"
STOP_SECONDS = 5.0


@contextmanager
def serving(station: Station, reader: Reader, *, port: int) -> Iterator[str]:
    """Serve the desk while the block runs; give the page's address. Port 0 takes a free one.

    Raises PortTaken: another program listens there.
    """
    listening = _listen(port)
    taken = int(listening.getsockname()[1])
    state = DeskState(station, reader)
    channels: dict[int, Any] = {}
    server = create_server(
        create_app(state, port=taken),
        map=channels,
        sockets=[listening],
        threads=THREADS,
        ident=None,
        connection_limit=CONNECTION_LIMIT,
        channel_timeout=SILENT_SECONDS,
        cleanup_interval=CLEANUP_SECONDS,
        asyncore_use_poll=True,  # select() ends at 1024 files of the process
    )
    threads = [
        threading.Thread(target=work, name=name, daemon=True)
        for name, work in (("server", server.run), ("watch", state.watch.run))
    ]

    closing: list[Any] = []

    def leave() -> None:
        """Let the server's loop, which runs while it has channels, come to its end."""
        closing.extend(channels.values())
        channels.clear()

    for thread in threads:
        thread.start()
    try:
        yield f"http://{ADDRESS}:{taken}/"
    finally:
        state.stop()
        server.task_dispatcher.shutdown(timeout=STOP_SECONDS)
        server.trigger.pull_trigger(leave)
        for thread in threads:
            thread.join(STOP_SECONDS)
        for channel in closing:
            channel.close()


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except OSError as fault:
        raise PortTaken(f"port {port} cannot be used") from fault
