"""The protected channel to a chip: commands go through secure messaging (ICAO Doc 9303-11 §9.8)."""

from cardreader.session.ciphers import Suite
from cardreader.session.command import Command
from cardreader.session.protection import Protection
from cardreader.transport import Transport


class SecureChannel:
    """A channel under session keys; it ends with the first answer that does not verify."""

    def __init__(self, transport: Transport, suite: Suite, counter: bytes) -> None:
        """Start with the send sequence counter as the access protocol left it."""
        self._transport = transport
        self._protection = Protection(suite, counter)
        self.largest_read = self._protection.largest_read

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the decrypted data and the status word of one protected exchange.

        A refusal may come unprotected, as the standard allows; success may not.

        Raises SecureMessagingError: protection missing, altered, replayed or ill-formed.
        """
        data, sw = self._transport.send_and_receive(self._protection.protect(command))
        return self._protection.open(data, sw)
