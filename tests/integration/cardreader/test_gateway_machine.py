"""`tiepdon-card trust` and `verify` on a machine that has the gateway's requirements only, so no PC/SC."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[3] / "requirements" / "gateway.lock"
LOCKED = {
    re.sub(r"[-_.]+", "-", name).lower()
    for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("command", ["trust", "verify"])
def test_the_command_needs_nothing_that_the_gateway_does_not_have(command: str) -> None:
    code = (
        "import sys\n"
        "started = set(sys.modules)\n"
        "from cardreader.cli import main\n"
        f"main.get_command(None, {command!r})\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - started})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    by_module = packages_distributions()
    needed = {name.lower() for module in loaded.split() for name in by_module.get(module, [])} - {"tiepdon"}
    assert {re.sub(r"[-_.]+", "-", name) for name in needed} <= LOCKED
    assert "rich" in needed
    assert not {"smartcard", "PIL"} & set(loaded.split())
