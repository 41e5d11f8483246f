"""kill -9 of client, worker and web server during an upload, at random: nothing lost, nothing doubled.

`make chaos KILLS=1000 RECORDS=5000` is the same with more of everything.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.chaos.ledger import assert_each_stored_once
from tests.chaos.siege import Plan, lay

PLAN = Plan(records=300, kills=24, per_chunk=10)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def cluster(request: pytest.FixtureRequest) -> Iterator[postgres.Cluster | None]:
    if request.param == "sqlite":
        yield None
        return
    with postgres.cluster() as running:
        yield running


def test_kills_during_an_upload_lose_nothing_and_double_nothing(
    tmp_path: Path, cluster: postgres.Cluster | None
) -> None:
    siege = lay(tmp_path, PLAN, cluster=cluster)
    try:
        siege.run()
        assert siege.standing().state != "done"
        first, again = siege.finish(), siege.finish()
    finally:
        siege.end()
    assert min(siege.client.kills, siege.worker.kills, siege.server.kills) > 0
    assert_each_stored_once(siege.database_url, siege.export, records=PLAN.records, chunks=PLAN.chunks)
    assert first == again, "a further upload answers the same receipts"
    assert first["counts"] == {"accepted": PLAN.records, "stored": PLAN.records, "files-unreadable": 0}
