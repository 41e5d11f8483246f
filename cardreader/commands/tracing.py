"""Commands and answers as bytes on the terminal, never without the warning that belongs to them."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel

from cardreader.errors import CardError
from cardreader.transport import Transport

WARNING = (
    "Phần sau đây là toàn bộ dữ liệu trao đổi với thẻ: có dữ liệu cá nhân và khóa của phiên đọc.\n"
    "Không gửi cho người khác, không đưa lên mạng; xóa ngay sau khi dùng.\n\n"
    "What follows is everything exchanged with the card: personal data and keys of the session.\n"
    "Do not send it to others or put it on the net; delete it as soon as it has served."
)


def traced(transport: Transport, console: Console) -> Transport:
    """Print the warning, and return a transport that then prints every byte to the same console."""
    console.print(
        Panel(WARNING, title="[bold]CẢNH BÁO · WARNING[/]", border_style="red", expand=False), soft_wrap=False
    )
    return _ShownTransport(transport, lambda line: console.print(line, markup=False))


class _ShownTransport:
    """A transport that shows each command and answer in hexadecimal."""

    def __init__(self, transport: Transport, show: Callable[[str], None]) -> None:
        self._transport = transport
        self._show = show

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Pass one command on, and show both sides with the milliseconds between them."""
        self._show(f"> {command.hex().upper()}")
        started = time.perf_counter()
        try:
            data, sw = self._transport.send_and_receive(command)
        except CardError as error:
            self._show(f"! {error.code}")
            raise
        elapsed = (time.perf_counter() - started) * 1000
        self._show(f"< {data.hex().upper()}{sw:04X} ({elapsed:.0f} ms)")
        return data, sw
