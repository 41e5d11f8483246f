"""The wire protocol of the virtual reader, against a stand-in for its driver."""

import socket
from threading import Thread

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.vpcd import VirtualSlot, serve

SELECT_APPLICATION = bytes.fromhex("00A4040C07A0000002471001")
ATR = "3b8180018080"


class Driver:
    """Speaks the driver's part on a port of its own: one card after the other, powered on arrival."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connection: socket.socket

    def accept_and_power(self) -> None:
        self.connection, _ = self.listener.accept()
        self.send(b"\x01")
        self.send(b"\x04")
        assert self.answer().hex() == ATR

    def send(self, payload: bytes) -> None:
        self.connection.sendall(len(payload).to_bytes(2) + payload)

    def answer(self) -> bytes:
        size = int.from_bytes(self.connection.recv(2))
        return self.connection.recv(size)

    def close(self) -> None:
        self.listener.close()
        self.connection.close()


@pytest.fixture
def driver():
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def slot(driver):
    slot = VirtualSlot(driver.port, host="127.0.0.1", poll_seconds=0.01)
    yield slot
    slot.remove()


def lay(slot: VirtualSlot, driver: Driver, chip: Chip) -> None:
    accepting = Thread(target=driver.accept_and_power)
    accepting.start()
    assert slot.insert(chip)
    accepting.join()


def test_only_the_question_for_the_answer_to_reset_is_answered_among_controls(
    slot, driver, authority
) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"])))
    for control in (b"\x00", b"\x01", b"\x02", b"\x04"):
        driver.send(control)
    assert driver.answer().hex() == ATR


def test_commands_reach_the_chip_and_answers_come_back(slot, driver, authority) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"])))
    driver.send(SELECT_APPLICATION)
    assert driver.answer().hex() == "9000"


class NotedSocket(socket.socket):
    """A real TCP connection that notes, in order, what is received and which options are set."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(fileno=connected.detach())
        self.noted: list[str | int] = []

    def recv(self, size: int) -> bytes:
        received = super().recv(size)
        self.noted.append("received")
        return received

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert (level, value) == (socket.IPPROTO_TCP, 1)
        super().setsockopt(level, option, value)
        self.noted.append(option)


def test_neither_side_ever_waits_45_ms_for_a_delayed_acknowledgement(driver, authority) -> None:
    card = NotedSocket(socket.create_connection(("127.0.0.1", driver.port)))
    driver.connection, _ = driver.listener.accept()
    chip = Chip(authority.issue(SAMPLES["mau-thu"]))
    serving = Thread(target=serve, args=(chip, card), kwargs={"powered": lambda: None})
    serving.start()
    for _ in range(2):
        driver.send(SELECT_APPLICATION)
        assert driver.answer().hex() == "9000"
    assert card.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    driver.connection.shutdown(socket.SHUT_RDWR)
    serving.join()
    card.close()
    assert card.noted == [socket.TCP_NODELAY] + ["received", socket.TCP_QUICKACK] * 3  # the third is the end


def test_power_and_reset_make_the_chip_forget(slot, driver, authority: TrainingAuthority) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"])))
    for control in (b"\x01", b"\x02"):
        driver.send(SELECT_APPLICATION)
        driver.send(control)
        assert driver.answer().hex() == "9000"
        driver.send(bytes.fromhex("0084000008"))
        assert driver.answer().hex() == "6985"


def test_taking_the_card_away_closes_the_connection(slot, driver, authority) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"])))
    slot.remove()
    assert driver.connection.recv(1) == b""


def test_another_card_can_take_its_place(slot, driver, authority) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"])))
    first = driver.connection
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-cu"], habits=Habits(select_mf=True))))
    assert first.recv(1) == b""
    first.close()
    driver.send(bytes.fromhex("00A4000C"))
    assert driver.answer().hex() == "9000"


def test_a_card_that_lifts_itself_closes_the_connection_instead_of_answering(slot, driver, authority) -> None:
    lay(slot, driver, Chip(authority.issue(SAMPLES["mau-thu"], habits=Habits(lifted_after=1))))
    driver.send(SELECT_APPLICATION)
    assert driver.answer().hex() == "9000"
    driver.send(SELECT_APPLICATION)
    assert driver.connection.recv(1) == b""
    slot.remove()
