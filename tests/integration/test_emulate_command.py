"""`tiepdon-card emulate` from start to Ctrl-C, on the real virtual reader."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from smartcard.Exceptions import CardConnectionException
from smartcard.System import readers

pytestmark = [pytest.mark.pcscd, pytest.mark.usefixtures("pcsc_service")]


def started(folder: Path, *options: str) -> "subprocess.Popen[str]":
    program = "from cardreader.emulator.cli import emulate; emulate()"
    command = [sys.executable, "-c", program, "--sample", "mau-thu", "--authority", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def introduction(process: "subprocess.Popen[str]") -> list[str]:
    """Return the lines up to the one that names Ctrl-C, after which the card lies on the reader."""
    lines = []
    while not lines or "Ctrl-C" not in lines[-1]:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line.strip())
    return lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_the_card_lies_on_the_reader_until_the_command_is_stopped(tmp_path: Path, number: int) -> None:
    options = ["--tamper", "dg1", "--habit", "master-file", "--habit", "no-bac"]
    with started(tmp_path, *options, "--wait", "60") as process:
        lines = introduction(process)
        said = dict(line.split(": ", 1) for line in lines if ": " in line)
        assert "TẬP HUẤN" in lines[0]
        assert "TRAINING" in lines[0]
        assert said["Mã CAN / CAN"] == "000001"
        assert said["Thói quen / habits"] == "master-file, no-bac"
        assert said["Giả mạo / forged"].endswith("DG1 changed after signing")
        assert list(Path(said["Chứng thư gốc / trust folder"]).iterdir()) == [tmp_path / "trust" / "csca.cer"]
        reader = next(reader for reader in readers() if str(reader) == said["Đầu đọc / reader"])
        connection = reader.createConnection()
        connection.connect()
        assert connection.transmit(list(bytes.fromhex("00A4040C07A0000002471001"))) == ([], 0x90, 0x00)
        assert connection.transmit(list(bytes.fromhex("0084000008"))) == ([], 0x6D, 0x00)
        assert connection.transmit(list(bytes.fromhex("00A4000C"))) == ([], 0x90, 0x00)
        connection.disconnect()
        connection.release()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert "every network interface" in process.stderr.read()


@pytest.mark.parametrize(
    "options",
    [[], ["--habit", "no-pace"], ["--habit", "sod-groups-sha1"]],
    ids=["usual", "zone alone", "SHA-1"],
)
def test_the_printed_command_reads_the_card_as_printed_from_any_folder(
    tmp_path: Path, options: list[str]
) -> None:
    folder = tmp_path / "tập huấn $HOME 'một'"
    with started(folder, "--wait", "60", *options) as process:
        lines = introduction(process)
        command = next(line for line in lines if line.startswith("tiepdon-card read "))
        programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        reading = subprocess.run(
            command,
            shell=True,
            cwd="/",
            env=os.environ | programs,
            capture_output=True,
            text=True,
            check=False,
        )
        process.terminate()
    assert (reading.returncode, reading.stderr) == (0, "")
    assert "NGUYỄN THỊ MẪU THỬ" in reading.stdout


def test_a_card_leaves_by_itself_after_the_commands_it_was_given(tmp_path: Path) -> None:
    with started(tmp_path, "--lift-after", "1", "--wait", "60") as process:
        said = dict(line.split(": ", 1) for line in introduction(process) if ": " in line)
        reader = next(reader for reader in readers() if str(reader) == said["Đầu đọc / reader"])
        connection = reader.createConnection()
        connection.connect()
        assert connection.transmit(list(bytes.fromhex("00A4040C07A0000002471001"))) == ([], 0x90, 0x00)
        with pytest.raises(CardConnectionException):
            connection.transmit(list(bytes.fromhex("00A4040C07A0000002471001")))
        connection.release()
        assert process.wait(10) == 0
        assert "lifted itself" in process.stdout.read()


def test_a_slot_that_is_taken_is_a_reader_trouble_with_its_remedy(tmp_path: Path, virtual_reader) -> None:
    with started(tmp_path, "--port", str(virtual_reader.port), "--wait", "0.1") as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (3, "")
    assert "emulator.slots-taken" in err
