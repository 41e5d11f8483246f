"""The collector leaves alone what a process is made of."""

import gc
from collections.abc import Iterator

import pytest

from gateway import memory


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector of the other tests as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_what_a_process_is_made_of_is_not_gone_through_again_and_cycles_are_still_found(
    collector: None,
) -> None:
    memory.settle()
    assert gc.get_freeze_count() > len(gc.get_objects())
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
