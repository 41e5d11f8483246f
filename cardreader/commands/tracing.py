"""Commands and answers as bytes on the terminal, never without the warning that belongs to them."""

from rich.console import Console
from rich.panel import Panel

from cardreader.traffic import ShownTransport
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
    return ShownTransport(transport, show=lambda line: console.print(line, markup=False))
