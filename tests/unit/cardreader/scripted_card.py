"""A card double at the transport port that replays a table of request hex -> response hex."""

from collections.abc import Callable, Iterable


class ScriptedCard:
    """Answers the expected commands in order; any other command fails the test at once."""

    def __init__(self, script: Iterable[tuple[str, str]]) -> None:
        self.script = [(bytes.fromhex(request), bytes.fromhex(response)) for request, response in script]

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        assert self.script, f"nothing more was expected, got {command.hex().upper()}"
        expected, response = self.script.pop(0)
        assert command.hex().upper() == expected.hex().upper()
        return response[:-2], int.from_bytes(response[-2:], "big")


def replay(*values: str) -> Callable[[int], bytes]:
    """Return a source of randomness that gives these values, checking each length."""
    remaining = [bytes.fromhex(value) for value in values]

    def random_bytes(count: int) -> bytes:
        value = remaining.pop(0)
        assert len(value) == count
        return value

    return random_bytes
