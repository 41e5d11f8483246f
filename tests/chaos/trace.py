"""What strace saw of a program: its writes, its syncs, and what it told others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TRACED = "trace=write,writev,pwrite64,pwritev,fdatasync,fsync,sendto,sendmsg,recvfrom"
SYNCS = ("fdatasync", "fsync")
_HEAD = r"^(?P<thread>\d+) +(?P<at>[\d.]+) "
_CALL = re.compile(_HEAD + r"(?P<name>\w+)\(\d+<(?P<target>[^>]*)>(?P<rest>.*?)(?: <(?P<took>[\d.]+)>)?$")
_RESUMED = re.compile(_HEAD + r"<\.\.\. (?P<name>\w+) resumed>.* <(?P<took>[\d.]+)>$")


@dataclass(frozen=True)
class Call:
    """A system call on a file or socket: when it began (a sync: when it had ended), how long it took."""

    thread: str
    at: float
    name: str
    target: str
    rest: str
    seconds: float

    @property
    def syncs(self) -> bool:
        return self.name in SYNCS


def tracing(log: Path) -> tuple[str, ...]:
    """Return what to put before a command so that its calls, and those of all it starts, are in `log`."""
    return ("strace", "-f", "-y", "-ttt", "-T", "-s", "64", "-e", TRACED, "-o", str(log))


def calls(log: Path) -> Iterator[Call]:
    """Yield the calls in the order of the log: each where it began, but a sync where it had ended."""
    begun: dict[str, re.Match[str]] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := _RESUMED.match(line):
            first = begun.pop(found["thread"], None)
            if first is not None and first["name"] in SYNCS:
                yield _call(first, at=float(found["at"]), took=found["took"])
        elif found := _CALL.match(line):
            if not found["rest"].endswith("<unfinished ...>"):
                after = float(found["took"] or 0) if found["name"] in SYNCS else 0
                yield _call(found, at=float(found["at"]) + after, took=found["took"])
            elif found["name"] in SYNCS:
                begun[found["thread"]] = found
            else:
                yield _call(found, at=float(found["at"]), took=None)


def _call(found: re.Match[str], *, at: float, took: str | None) -> Call:
    return Call(found["thread"], at, found["name"], found["target"], found["rest"], float(took or 0))
