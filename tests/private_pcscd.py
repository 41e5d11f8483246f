"""A real `pcscd` of a test's own, which can be stopped and started without disturbing anybody else's.

It runs in a mount namespace in which /run/pcscd is a folder of the test; clients find it by
PCSCLITE_CSOCK_NAME, which libpcsclite reads once a process. Its virtual readers listen
on free ports.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from cardreader.emulator.chip import Chip
from cardreader.emulator.vpcd import VirtualSlot

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
START_SECONDS = 10.0
_RUN = 'mkdir -p /run/pcscd && mount --bind "$1" /run/pcscd && exec "$2" --foreground --config "$3"'


class PrivateService:
    """The service, stopped at first, and its reader with two slots; what it says is in the file `log`."""

    def __init__(self, folder: Path) -> None:
        self.run, self._config, self.log = folder / "run", folder / "config", folder / "pcscd.log"
        self.run.mkdir()
        self._config.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._slots: dict[str, VirtualSlot] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which a program finds this service and no other."""
        return os.environ | {"PCSCLITE_CSOCK_NAME": str(self.run / "pcscd.comm")}

    def start(self, name: str) -> None:
        """Start the service with one reader; `Desk` has the slots `Desk 00 00` and `Desk 00 01`."""
        port = two_free_ports()
        lines = {"FRIENDLYNAME": f'"{name}"', "DEVICENAME": f"/dev/null:0x{port:04X}"}
        lines |= {"LIBPATH": str(DRIVER), "CHANNELID": f"0x{port:04X}"}
        text = "".join(f"{word} {value}\n" for word, value in lines.items())
        (self._config / "reader").write_text(text, encoding="ascii")
        self._slots = {f"{name} 00 {slot:02}": VirtualSlot(port + slot) for slot in (0, 1)}
        program = shutil.which("pcscd", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None or not DRIVER.exists():
            pytest.skip("pcscd with vsmartcard-vpcd is not installed")
        words = ["sh", "-c", _RUN, "sh", str(self.run), program, str(self._config)]
        alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*alone, *words], stdout=log, stderr=log)
        self._await_door()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the service, by SIGKILL where nothing is to be tidied up."""
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait()
        self._process = None
        for slot in self._slots.values():
            slot.remove()
        self._slots.clear()
        for file in self.run.iterdir():
            file.unlink()

    def kill(self) -> None:
        """Kill the service where it stands, as a crash would; `stop` is still to be called."""
        assert self._process is not None
        self._process.kill()

    def insert(self, reader: str, chip: Chip) -> None:
        """Lay the chip on the reader with this whole name."""
        assert self._slots[reader].insert(chip), "the card was not powered"

    def remove(self, reader: str) -> None:
        """Take the card off."""
        self._slots[reader].remove()

    def _await_door(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as door:
                if door.connect_ex(str(self.run / "pcscd.comm")) == 0:
                    return
            if self._process.poll() is not None:
                pytest.skip(f"no namespace of its own for pcscd here: {self.log.read_text()}")
            assert time.monotonic() < deadline, "pcscd did not start"
            time.sleep(0.02)


def two_free_ports() -> int:
    """Return the lower of two neighboring free TCP ports, below those that clients are given."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("", port))
                second.bind(("", port + 1))
            except OSError:
                continue
            return port
