"""A portal of bare sockets, for what no web server would send."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.upstream.account import Account, md5_of

TOKEN = b'{"maKetQua": "200", "APIKey": {"access_token": "a", "id_token": "i", "expires_in": "2027-01-01"}}'
PAUSE_SECONDS = 0.05


@dataclass
class RawPortal:
    """Gives a token, and at every other door `answer`, byte for byte, and then `drip` for ever."""

    url: str
    answer: bytes = b""
    drip: bytes = b""
    asked: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def account(self) -> Account:
        return Account("33999", "33999_BV", md5_of("huan-luyen"), self.url)

    def serve(self, connection: socket.socket) -> None:
        with connection:
            head = connection.recv(65536)
            self.asked.append(head)
            if b"/token/take" in head:
                connection.sendall(whole(TOKEN))
                return
            try:
                connection.sendall(self.answer)
                while self.drip and not self.ended.wait(PAUSE_SECONDS):
                    connection.sendall(self.drip)
            except OSError:  # they have hung up
                return


def whole(body: bytes, **headers: str) -> bytes:
    """An answer with its length, after which the connection ends."""
    said = {"Content-Length": str(len(body)), "Connection": "close"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


@contextmanager
def raw_portal() -> Iterator[RawPortal]:
    """Serve on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        portal = RawPortal(f"http://127.0.0.1:{server.getsockname()[1]}")
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                connection, _ = server.accept()
                if portal.ended.is_set():
                    connection.close()
                    return
                threads.append(threading.Thread(target=portal.serve, args=(connection,), daemon=True))
                threads[-1].start()

        threads.append(threading.Thread(target=accept, daemon=True))
        threads[0].start()
        try:
            yield portal
        finally:
            portal.ended.set()
            socket.create_connection(server.getsockname()).close()
            for thread in threads:
                thread.join(timeout=5)
