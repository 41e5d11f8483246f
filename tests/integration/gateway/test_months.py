"""A closed settlement month takes no claim, correction or cancellation of those for whom it is closed."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bhyt.national import read_file
from bhyt.r4.bundle import submission
from bhyt.r4.wire import write
from gateway.services import months
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Access
from tests.integration.gateway.corrections import cancel, correct, key_of, older
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import HERE, THERE, World, claim, codes, encounter

SAMPLE = Path(__file__).parents[2] / "data" / "national" / "sample_envelope.xml"
JULY, JUNE = date(2026, 7, 1), date(2026, 6, 1)


def close(world: World, month: date, facility: str | None = None) -> None:
    with world.database.begin(GATEWAY) as session:
        assert months.close(session, month, facility=facility, by="Kế toán", now=world.clock())


def of_month(month: str, visit: str = "LK-1", **changes: Any) -> dict[str, Any]:
    """A claim that names its settlement month, as a conversion of NAM_QT and THANG_QT does."""
    system = "https://tiepdon.example/fhir/CodeSystem/claim-information"
    category = {"coding": [{"system": system, "code": "settlement-month"}]}
    entry = {"sequence": 1, "category": category, "valueString": month}
    return claim(visit) | {"supportingInfo": [entry]} | changes


class TestAClosedMonth:
    @pytest.mark.parametrize("facility", [None, HERE], ids=["for all", "for the facility"])
    def test_takes_no_new_claim(self, world: World, facility: str | None) -> None:
        close(world, JUNE, facility)
        answer = world.post("desk", "/fhir/Claim", of_month("2026-06"))
        assert (answer.status_code, codes(answer)) == (409, ["record.month-closed"])
        assert world.post("desk", "/fhir/Claim", of_month("2026-07")).status_code == 201

    def test_of_another_facility_closes_nothing_here(self, world: World) -> None:
        close(world, JULY, THERE)
        assert world.post("desk", "/fhir/Claim", claim()).status_code == 201
        there = world.post("elsewhere", "/fhir/Claim", claim(facility=THERE))
        assert codes(there) == ["record.month-closed"]

    def test_is_that_of_created_where_a_claim_names_none(self, world: World) -> None:
        close(world, JULY)
        assert codes(world.post("desk", "/fhir/Claim", claim())) == ["record.month-closed"]
        midnight = {"created": "2026-07-31T17:30:00Z"}  # the first of August in Vietnam
        assert world.post("desk", "/fhir/Claim", claim() | midnight).status_code == 201

    def test_keeps_its_claims_as_they_are_and_answers_a_replay(self, world: World) -> None:
        first = world.post("desk", "/fhir/Claim", of_month("2026-06"))
        close(world, JUNE)
        for moved in ("2026-06", "2026-07"):
            answer = correct(world, of_month(moved, created="2026-07-01"))
            assert (answer.status_code, codes(answer)) == (409, ["record.month-closed"])
        assert cancel(world).json["code"] == "record.month-closed"
        again = world.post("desk", "/fhir/Claim", of_month("2026-06"))
        assert (again.status_code, again.headers["Location"]) == (200, first.headers["Location"])
        assert (older(world), key_of(world)) == ([], (1, False))

    def test_takes_no_claim_of_another_month_by_correction(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", of_month("2026-07"))
        close(world, JUNE)
        assert codes(correct(world, of_month("2026-06"))) == ["record.month-closed"]

    def test_holds_no_check_in_and_no_document(self, world: World) -> None:
        close(world, JULY)
        assert world.post("desk", "/fhir/Encounter", encounter()).status_code == 201
        assert world.post("desk", "/fhir/Bundle", death()).status_code == 201

    def test_is_the_month_of_the_national_file(self, world: World) -> None:
        """NAM_QT 2026, THANG_QT 9 in the sample; so that the conversion cannot drift from the lock."""
        data = SAMPLE.read_bytes()
        record = next(item for item in read_file(data).records if hasattr(item, "settlement_month"))
        month = date.fromisoformat(f"{record.settlement_month}-01")
        close(world, month)
        sent = submission(record, data, file_name=None, media_type="application/xml")
        answer = world.post("desk", "/fhir", write(sent))
        assert (answer.status_code, codes(answer)) == (409, ["record.month-closed"])

    def test_that_is_opened_takes_claims_again(self, world: World) -> None:
        close(world, JULY)
        with world.database.begin(GATEWAY) as session:
            months.reopen(session, JULY, facility=None, by="Kế toán", now=world.clock())
        assert world.post("desk", "/fhir/Claim", claim()).status_code == 201


class TestTheCommands:
    def listed(self, run: Any) -> list[dict[str, str]]:
        answer = run("months", "list", "--json")
        assert answer.exit_code == 0, answer.output
        found: list[dict[str, str]] = json.loads(answer.stdout)
        return found

    @pytest.fixture
    def facilities(self, run: Any, tmp_path: Path) -> None:
        table = tmp_path / "facilities.csv"
        table.write_text(
            f"code,name,province,level,former_level,points\n{HERE},Mẫu,33,basic,,\n", encoding="utf-8"
        )
        assert run("facilities", "import", str(table)).exit_code == 0

    def test_close_list_and_open_a_month(self, run: Any, facilities: None) -> None:
        assert self.listed(run) == []
        closed = run("months", "close", "2026-06", "--by", "Kế toán")
        assert (closed.exit_code, closed.stdout) == (0, "")
        assert closed.stderr == "Đã khóa kỳ 2026-06 cho mọi cơ sở.\n2026-06 is closed for all facilities.\n"
        assert f"for facility {HERE}" in run("months", "close", "2026-05", "--facility", HERE).stderr
        first, second = self.listed(run)
        assert (first["month"], first["facility"], first["by"]) == ("2026-06", "*", "Kế toán")
        assert (second["month"], second["facility"]) == ("2026-05", HERE)
        assert second["by"]
        assert run("months", "list").stdout.splitlines()[0].split("\t")[:2] == ["2026-06", "*"]
        assert "2026-06 is open again for all facilities." in run("months", "open", "2026-06").stderr
        assert [row["month"] for row in self.listed(run)] == ["2026-05"]

    def test_closing_again_says_so_and_changes_nothing(self, run: Any) -> None:
        assert run("months", "close", "2026-06", "--by", "first").exit_code == 0
        again = run("months", "close", "2026-06", "--by", "second")
        assert (again.exit_code, "was closed before" in again.stderr) == (0, True)
        assert [row["by"] for row in self.listed(run)] == ["first"]

    def test_what_is_not_closed_like_this_is_not_opened(self, run: Any, facilities: None) -> None:
        assert run("months", "close", "2026-06").exit_code == 0
        refused = run("months", "open", "2026-06", "--facility", HERE)
        assert (refused.exit_code, "setup.month-not-closed" in refused.stderr) == (5, True)

    @pytest.mark.parametrize("month", ["2026", "2026-13", "2026-06-01", "06-2026", "x"])
    def test_a_month_that_is_none_is_a_usage_error(self, run: Any, month: str) -> None:
        assert run("months", "close", month).exit_code == 2

    def test_an_unknown_facility_is_refused(self, run: Any) -> None:
        refused = run("months", "close", "2026-06", "--facility", "00000")
        assert (refused.exit_code, "setup.facility-unknown" in refused.stderr) == (5, True)

    def test_who_did_it_is_in_the_access_log(self, run: Any, tmp_path: Path) -> None:
        run("months", "close", "2026-06", "--by", "Kế toán")
        run("months", "open", "2026-06", "--by", "Trưởng phòng")
        database = Database(f"sqlite:///{tmp_path / 'data' / 'tiepdon.sqlite'}")
        with database.begin(Caller("insurer", "test")) as session:
            rows = session.scalars(select(Access).order_by(Access.id)).all()
            assert [(row.action, row.resource, row.outcome, row.clerk_name) for row in rows] == [
                ("close-month", "Month/2026-06", "*", "Kế toán"),
                ("open-month", "Month/2026-06", "*", "Trưởng phòng"),
            ]
        database.dispose()
