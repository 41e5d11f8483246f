"""The versions of a resource: all of them, newest first, or one; for whoever may see the newest."""

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bhyt.national import read_file
from bhyt.r4.bundle import submission
from bhyt.r4.wire import write
from tests.integration.gateway.answers import logged
from tests.integration.gateway.corrections import address, cancel, correct
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import EXPIRED, MOTHER, World, claim, codes, encounter

DEATH_NOTICE = Path(__file__).parents[2] / "data" / "national" / "sample_death_notice_HSDLGBT.xml"
GATEWAY = "https://gateway.example"


def versions(world: World, count: int) -> str:
    """Store a claim, correct it until it has `count` versions, and return its address."""
    answer = world.post("desk", "/fhir/Claim", claim() | {"created": "2026-07-01"})
    for number in range(2, count + 1):
        world.clock.pass_(minutes=1)
        correct(world, claim() | {"created": f"2026-07-{number:02d}"})
    return address(answer)


def days(page: TestResponse) -> list[str]:
    return [entry["resource"]["created"] for entry in page.json["entry"]]


def next_of(page: TestResponse) -> str | None:
    links = {link["relation"]: link["url"] for link in page.json["link"]}
    return links["next"].removeprefix(GATEWAY) if "next" in links else None


class TestTheHistory:
    def test_has_every_version_with_how_and_when_it_came(self, world: World) -> None:
        at = versions(world, 2)
        world.clock.pass_(minutes=1)
        cancel(world)
        page = world.get("desk", f"{at}/_history")
        assert (page.status_code, page.json["type"], page.json["total"]) == (200, "history", 3)
        assert [entry["request"] for entry in page.json["entry"]] == [
            {"method": "PUT", "url": at.removeprefix("/fhir/")},
            {"method": "PUT", "url": at.removeprefix("/fhir/")},
            {"method": "POST", "url": "Claim"},
        ]
        assert [entry["response"] for entry in page.json["entry"]] == [
            {"status": "200 OK", "etag": 'W/"3"', "lastModified": "2026-07-15T03:02:00.000Z"},
            {"status": "200 OK", "etag": 'W/"2"', "lastModified": "2026-07-15T03:01:00.000Z"},
            {"status": "201 Created", "etag": 'W/"1"', "lastModified": "2026-07-15T03:00:00.000Z"},
        ]
        metas = [entry["resource"]["meta"] for entry in page.json["entry"]]
        reasons = [meta.get("extension", [{}])[0].get("valueString") for meta in metas]
        assert reasons == ["nhập nhầm", "resubmitted", None]
        assert [entry["resource"]["status"] for entry in page.json["entry"]] == [
            "cancelled",
            "active",
            "active",
        ]
        assert {entry["fullUrl"] for entry in page.json["entry"]} == {GATEWAY + at}

    def test_comes_in_pages_to_its_end(self, world: World) -> None:
        path: str | None = f"{versions(world, 5)}/_history?_count=2"
        seen = []
        while path:
            page = world.get("desk", path)
            assert page.status_code == 200, page.text
            seen.append(days(page))
            path = next_of(page)
        assert seen == [["2026-07-05", "2026-07-04"], ["2026-07-03", "2026-07-02"], ["2026-07-01"]]

    def test_of_a_page_that_it_fills_has_no_next(self, world: World) -> None:
        page = world.get("desk", f"{versions(world, 2)}/_history?_count=2")
        assert (days(page), next_of(page)) == (["2026-07-02", "2026-07-01"], None)

    def test_goes_on_from_its_cursor_alone(self, world: World) -> None:
        first = world.get("desk", f"{versions(world, 3)}/_history?_count=1")
        path = next_of(first) or ""
        other = address(world.post("desk", "/fhir/Claim", claim("LK-2")))
        moved = other + path[path.index("/_history") :]
        for wrong in (
            moved,
            path.replace("_cursor=AAAA", "_cursor=AAAB"),
            path.partition("_cursor")[0] + "_cursor=2",
        ):
            answer = world.get("desk", wrong)
            assert (answer.status_code, codes(answer)) == (400, ["request.cursor"])
        assert world.get("second-desk", path).status_code == 400

    def test_of_a_parameter_that_is_not_served(self, world: World) -> None:
        at = versions(world, 1)
        assert world.get("desk", f"{at}/_history?_since=2026").status_code == 200
        strict = world.get("desk", f"{at}/_history?_since=2026", Prefer="handling=strict")
        assert codes(strict) == ["request.search-parameter"]
        assert codes(world.get("desk", f"{at}/_history?_count=0")) == ["request.search-value"]

    def test_is_in_the_access_log_of_every_person_it_showed(self, world: World) -> None:
        at = versions(world, 2)
        correct(world, claim(national_id=EXPIRED))
        world.get("desk", f"{at}/_history", X_Request_Id="looked")
        written = {(row.action, row.person, row.outcome) for row in logged(world, "looked")}
        assert written == {("history", MOTHER, "2"), ("history", EXPIRED, "1")}

    @pytest.mark.parametrize("kind", ["Claim", "Encounter", "Bundle", "Patient", "Coverage"])
    def test_is_served_for_every_type_that_has_versions(self, world: World, kind: str) -> None:
        person = {"resourceType": "Patient", "identifier": [claim()["patient"]["identifier"]]}
        cover = {
            "resourceType": "Coverage",
            "identifier": [claim()["insurance"][0]["coverage"]["identifier"]],
            "status": "active",
            "beneficiary": claim()["patient"],
            "payor": [{"display": "Bảo hiểm xã hội Việt Nam"}],
        }
        body = {"Claim": claim(), "Encounter": encounter(), "Bundle": death(), "Patient": person}.get(
            kind, cover
        )
        at = address(world.post("desk", f"/fhir/{kind}", body))
        changed = body | {"language": "vi"}
        assert correct(world, changed).headers["ETag"] == 'W/"2"'
        page = world.get("desk", f"{at}/_history").json
        assert [entry["resource"].get("language") for entry in page["entry"]] == ["vi", None]
        assert world.get("desk", f"{at}/_history/1").json["meta"]["versionId"] == "1"

    def test_of_what_stands_in_the_register_has_one_version(self, world: World) -> None:
        (member,) = world.get("insurer", f"/fhir/Patient?identifier={MOTHER}").json["entry"]
        at = member["fullUrl"].removeprefix(GATEWAY)
        page = world.get("insurer", f"{at}/_history").json
        assert [entry["resource"] for entry in page["entry"]] == [member["resource"]]
        assert world.get("insurer", f"{at}/_history/1").json == member["resource"]
        assert world.get("insurer", f"{at}/_history/2").status_code == 404


class TestAVersion:
    def test_is_read_by_its_number_with_its_own_etag_and_time(self, world: World) -> None:
        at = versions(world, 3)
        for number in (1, 2, 3):
            answer = world.get("desk", f"{at}/_history/{number}")
            assert (answer.status_code, answer.headers["ETag"]) == (200, f'W/"{number}"')
            assert answer.headers["Last-Modified"] == f"Wed, 15 Jul 2026 03:0{number - 1}:00 GMT"
            assert answer.json["created"] == f"2026-07-0{number}"
        assert world.get("desk", f"{at}/_history/3").data == world.get("desk", at).data

    @pytest.mark.parametrize("number", ["0", "3", "-1", "x", "1" * 30, "٢", "1%00"])
    def test_that_never_was_is_not_found(self, world: World, number: str) -> None:
        answer = world.get("desk", f"{versions(world, 2)}/_history/{number}")
        assert (answer.status_code, codes(answer)) == (404, ["request.not-found"])

    def test_of_a_cancelled_record_is_still_there_and_not_gone(self, world: World) -> None:
        at = versions(world, 1)
        cancel(world)
        assert [world.get("desk", f"{at}/_history/{n}").status_code for n in (1, 2)] == [200, 200]

    def test_of_another_facility_is_not_found(self, world: World) -> None:
        at = versions(world, 2)
        for path in (f"{at}/_history", f"{at}/_history/1", f"{at}/_history/2"):
            assert world.get("elsewhere", path).status_code == 404
            assert world.get("insurer", path).status_code == 200

    def test_is_the_same_however_its_bytes_were_spelled(self, world: World) -> None:
        sent = (
            b'{"resourceType": "Claim", "total": {"value": 10.500},'
            + world.app.json.dumps(
                {name: value for name, value in claim().items() if name != "resourceType"}
            ).encode()[1:]
        )
        at = address(world.post("desk", "/fhir/Claim", sent))
        correct(world, claim())
        assert b"10.500" in world.get("desk", f"{at}/_history/1").data

    def test_of_an_original_is_the_only_one(self, world: World) -> None:
        data = DEATH_NOTICE.read_bytes()
        record = read_file(data).records[0]
        sent = submission(record, data, file_name=DEATH_NOTICE.name, media_type="application/xml")
        entries = world.post("desk", "/fhir", write(sent)).json["entry"]
        at = f"/fhir/{entries[1]['response']['location']}"
        assert at.endswith("/_history/1")
        assert world.get("desk", at).data == data
        assert world.get("desk", f"{at[:-1]}2").status_code == 404


def test_the_capability_statement_names_what_is_served(standing_world: World) -> None:
    rest = standing_world.app.test_client().get("/fhir/metadata").json["rest"][0]
    served = {item["type"]: {one["code"] for one in item.get("interaction", ())} for item in rest["resource"]}
    assert {"read", "vread", "history-instance"} <= served["Claim"]
    assert "vread" in served["Binary"] and "history-instance" not in served["Binary"]
    assert served["Organization"] == {"read"}
    assert "Tiepdon-Correction" in rest["documentation"]
