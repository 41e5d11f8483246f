"""A step that meets a fault: ours is named without values; only a database that is away is waited for."""

import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError

from gateway.work import workflows
from gateway.work.gate import Gate


def test_a_fault_of_ours_goes_on_as_its_kind_and_place_without_its_words() -> None:
    def work() -> None:
        raise ValueError("033300000001")

    with pytest.raises(workflows.WorkFailed) as failed:
        workflows.worked(Gate(), work)
    assert "ValueError at" in str(failed.value)
    assert __file__.rpartition("/")[2] in str(failed.value)
    assert "033300000001" not in str(failed.value)
    assert failed.value.__suppress_context__


def test_a_database_that_does_not_answer_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workflows, "WAIT_SECONDS", 0.001)
    tries = iter([OperationalError("SELECT", {}, OSError()), OperationalError("SELECT", {}, OSError()), None])

    def work() -> str:
        if error := next(tries):
            raise error
        return "done"

    assert workflows.worked(Gate(), work) == "done"


def test_a_database_that_refuses_a_statement_is_not_asked_again() -> None:
    asked = []

    def work() -> None:
        asked.append(1)
        raise OperationalError("INSERT", {}, errors.ProgramLimitExceeded())

    with pytest.raises(workflows.WorkFailed, match="OperationalError at"):
        workflows.worked(Gate(), work)
    assert len(asked) == 1
