"""The gate before every step of the work."""

import threading

from gateway.work.gate import Gate


def test_a_closed_gate_lets_nothing_more_begin() -> None:
    gate, began = Gate(), threading.Event()

    def step() -> None:
        with gate:
            began.set()

    assert gate.close(wait_seconds=1)
    threading.Thread(target=step, daemon=True).start()
    assert not began.wait(0.05)


def test_closing_waits_for_what_has_begun() -> None:
    gate, inside, leave = Gate(), threading.Event(), threading.Event()

    def step() -> None:
        with gate:
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=step)
    thread.start()
    inside.wait(5)
    assert not gate.close(wait_seconds=0.01)
    leave.set()
    assert gate.close(wait_seconds=5)
    thread.join()


def test_a_step_that_fails_leaves_the_gate() -> None:
    gate = Gate()
    try:
        with gate:
            raise KeyError
    except KeyError:
        pass
    assert gate.close(wait_seconds=0)
