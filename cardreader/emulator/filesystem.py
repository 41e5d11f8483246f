"""The chip's files and who may read them: SELECT and READ BINARY; ISO/IEC 7816-4 §7, ICAO Doc 9303-10 §3."""

from collections.abc import Mapping

from cardreader.emulator.commands import Command, Refused, Status, exact_length
from cardreader.emulator.der import tlv
from cardreader.emulator.files import EF_CARD_ACCESS, EF_CARD_SECURITY
from cardreader.emulator.habits import Habits

APPLICATION = bytes.fromhex("A0000002471001")
_IN_MASTER_FILE = {0x1C: EF_CARD_ACCESS, 0x1D: EF_CARD_SECURITY}
_MASTER_FILE = bytes.fromhex("3F00")


class FileSystem:
    """The master file's two files, those of the travel document application, and what is selected."""

    def __init__(self, files: Mapping[int, bytes], habits: Habits) -> None:
        self._files = files
        self._habits = habits
        self.in_application = False
        self._current: bytes | None = None

    def select(self, command: Command, *, authenticated: bool) -> bytes:
        """Select an application, a file or the master file; return control information if asked for.

        Raises Refused: FILE_NOT_FOUND, SECURITY_NOT_SATISFIED, WRONG_PARAMETERS,
        or INSTRUCTION_UNKNOWN for the master file on cards with that habit.
        """
        match command.p1:
            case 0x00 if command.data in (b"", _MASTER_FILE):
                if not self._habits.select_mf:
                    raise Refused(Status.INSTRUCTION_UNKNOWN)
                self.in_application, self._current = False, None
            case 0x02 if len(command.data) == 2:
                self._current = self._file(_short_identifier(command.data), authenticated=authenticated)
            case 0x04:
                if command.data != APPLICATION:
                    raise Refused(Status.FILE_NOT_FOUND)
                if self._habits.select_informs and command.p2 != 0x00:
                    raise Refused(Status.WRONG_PARAMETERS)
                self.in_application, self._current = True, None
                if command.p2 == 0x00:
                    return tlv(0x6F, tlv(0x84, APPLICATION))
            case _:
                raise Refused(Status.WRONG_PARAMETERS)
        return b""

    def read(self, command: Command, *, authenticated: bool, capacity: int) -> tuple[bytes, int]:
        """Return up to `capacity` bytes from the selected file, or from the one named by short identifier.

        Raises Refused: WRONG_LENGTH (nothing asked for), WRONG_PARAMETERS,
        NO_CURRENT_FILE, OFFSET_OUTSIDE, 6Cxx by habit, and what the file's access says.
        """
        if command.expected is None:
            raise Refused(Status.WRONG_LENGTH)
        if command.p1 & 0x80:
            if command.p1 & 0x60 or not self._habits.short_identifiers:
                raise Refused(Status.WRONG_PARAMETERS)
            self._current = self._file(command.p1 & 0x1F, authenticated=authenticated)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        if self._current is None:
            raise Refused(Status.NO_CURRENT_FILE)
        if offset >= len(self._current):
            raise Refused(Status.OFFSET_OUTSIDE)
        size = min(command.expected, capacity, self._habits.longest_answer or capacity)
        data = self._current[offset : offset + size]
        if self._habits.exact_length_only and len(data) < command.expected:
            raise exact_length(len(data))
        short = self._habits.warns_at_end and len(data) < command.expected
        return data, Status.END_OF_FILE if short else Status.DONE

    def close_protected(self) -> None:
        """Forget the selected file of the application, as when a session ends."""
        if self.in_application:
            self._current = None

    def _file(self, identifier: int, *, authenticated: bool) -> bytes:
        if self.in_application and not authenticated:
            raise Refused(Status.SECURITY_NOT_SATISFIED)
        if not self.in_application:
            return self._master_file(identifier, authenticated=authenticated)
        if identifier not in self._files or identifier == EF_CARD_ACCESS:
            raise Refused(Status.FILE_NOT_FOUND)
        if identifier in self._habits.unreadable:
            raise Refused(Status.SECURITY_NOT_SATISFIED)
        return self._files[identifier]

    def _master_file(self, identifier: int, *, authenticated: bool) -> bytes:
        """Return EF.CardAccess, free to read, or EF.CardSecurity, which needs a session."""
        file = _IN_MASTER_FILE.get(identifier)
        if file is None or file not in self._files:
            raise Refused(Status.FILE_NOT_FOUND)
        if file == EF_CARD_SECURITY and not authenticated:
            raise Refused(Status.SECURITY_NOT_SATISFIED)
        return self._files[file]


def _short_identifier(file_identifier: bytes) -> int:
    return file_identifier[1] if file_identifier[0] == 0x01 else -1
