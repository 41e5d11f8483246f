"""After the story: gateway and desk stay open, and cards can be laid on the virtual reader by number."""

import sys
import time
from collections.abc import Iterable

from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery
from demo.cards import VirtualReaderCards
from demo.stage import Stage
from demo.telling import Teller

_CARDS: tuple[tuple[str, Forgery | None], ...] = (
    *((name, None) for name in SAMPLES),
    ("mau-thu", "dg1"),
    ("mau-thu", "clone"),
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
    lay_cards(stage.cards, sys.stdin, teller)
    _wait()


def lay_cards(cards: VirtualReaderCards, choices: Iterable[str], teller: Teller) -> None:
    """Lay, swap and lift cards as the lines of `choices` say, and answer each."""
    for line in choices:
        choice = line.strip()
        if not choice:
            cards.remove()
            teller.line("", "đã nhấc thẻ · lifted")
        elif choice.isdecimal() and 1 <= int(choice) <= len(_CARDS):
            sample, forgery = _CARDS[int(choice) - 1]
            cards.lay(sample, forgery)
            teller.line("", f"thẻ nằm trên đầu đọc · on the reader: {SAMPLES[sample].full_name}")
        else:
            teller.line("", f"không có thẻ {choice[:20]!r} · no such card; 1 - {len(_CARDS)}")


def _wait() -> None:
    """Wait for Ctrl-C."""
    while True:
        time.sleep(3600)
