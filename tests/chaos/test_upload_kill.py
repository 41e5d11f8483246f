"""kill -9 of client, worker and web server during an upload, at random: nothing lost, nothing doubled.

`make chaos KILLS=1000 RECORDS=5000` is the same with more of everything.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.chaos.house import lay
from tests.chaos.ledger import assert_each_stored_once
from tests.chaos.siege import LINES, Plan, Siege

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
    house = lay(tmp_path, records=PLAN.records, lines=LINES, per_chunk=PLAN.per_chunk, cluster=cluster)
    siege = Siege(PLAN, house)
    try:
        siege.run()
        house.open()
        first, again = house.upload(), house.upload()
    finally:
        house.close()
    assert min(one.kills for one in house.programs) > 0
    assert_each_stored_once(house.database_url, house.export, records=PLAN.records, chunks=PLAN.chunks)
    assert first == again, "a further upload answers the same receipts"
    ends = {"accepted": PLAN.records, "stored": PLAN.records, "files-unreadable": 0, "errors": 0}
    assert ends.items() <= first["counts"].items()
