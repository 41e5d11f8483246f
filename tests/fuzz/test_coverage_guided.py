"""The coverage-guided fuzzer over all parsers at once, for a fixed number of inputs from a fixed seed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import coverage_guided
from tests.fuzz.growing import grown
from tests.fuzz.targets import feed, targets

RUNS = 3_000


def test_only_our_errors_come_out_of_inputs_that_reach_new_code() -> None:
    command = [sys.executable, "-m", coverage_guided.__name__, "--together", "--runs", str(RUNS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    if done.returncode == coverage_guided.UNAVAILABLE:
        pytest.skip(coverage_guided.NOT_HERE)
    assert done.returncode == 0, done.stdout
    assert f"{RUNS} executions" in done.stdout


@pytest.mark.parametrize("name", targets())
def test_every_target_reads_its_seeds_and_whatever_they_grow_to(name: str) -> None:
    """How the time grows is printed by `make fuzz`."""
    target = targets()[name]
    for seed in target.seeds:
        target.run(seed)
        for _, data in grown(seed, 2_000):
            feed(target, data)
