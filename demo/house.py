"""After the story: gateway and desk stay open, and cards can be laid on the virtual reader by number."""

import sys
import time

from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery
from demo.cards import VirtualReaderCards
from demo.stage import Stage
from demo.telling import Teller

_CARDS: tuple[tuple[str, Forgery | None], ...] = (
    *((name, None) for name in SAMPLES),
    ("mau-thu", "dg1"),
)


def stay_open(stage: Stage, teller: Teller) -> None:
    """Print the addresses and lay cards as asked, until Ctrl-C or the end of input."""
    teller.title("\nTiếp Đón đang mở · The house is open. Ctrl-C để dừng · ends it.")
    teller.line("gateway", f"{stage.gateway_url}/fhir/metadata")
    if not isinstance(stage.cards, VirtualReaderCards):
        teller.line("desk", "needs a PC/SC reader; none can be had here")
        _wait()
        return
    teller.line(
        "desk", f"{stage.desk_url}  (tên và số căn cước 12 chữ số bất kỳ · any name and 12-digit number)"
    )
    for number, (sample, forgery) in enumerate(_CARDS, start=1):
        citizen = SAMPLES[sample]
        forged = "  (giả mạo · forged)" if forgery else ""
        teller.line(f"{number}", f"{citizen.full_name} · {citizen.id_number}{forged}")
    teller.line("", "Gõ số rồi Enter để đặt thẻ, Enter để nhấc thẻ · a number lays a card, Enter lifts it")
    _lay_cards(stage.cards)


def _lay_cards(cards: VirtualReaderCards) -> None:
    for line in sys.stdin:
        choice = line.strip()
        if choice.isdecimal() and 1 <= int(choice) <= len(_CARDS):
            cards.lay(*_CARDS[int(choice) - 1])
        else:
            cards.remove()
    _wait()


def _wait() -> None:
    """Wait for Ctrl-C."""
    while True:
        time.sleep(3600)
