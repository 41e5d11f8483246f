"""XML9 of the mother's dossier and the signed certificate are two papers about one birth, in either order."""

from typing import Any

from sqlalchemy import select

from gateway.store.tables_records import Document
from tests.integration.gateway.answers import logged
from tests.integration.gateway.corrections import DESK, cancel, correct, decide, key_of
from tests.integration.gateway.deaths import death
from tests.integration.gateway.parcels import cut, receipts, send, work_off
from tests.integration.gateway.world import SID, World, codes
from tests.unit.bhyt.births import NUMBER, certificate, xml9
from tests.unit.bhyt.samples import envelope

PAPERS = "/fhir/Bundle?type=document"
Json = dict[str, Any]


def send_certificate(world: World, *, reason: str | None = None, **changes: str) -> Json:
    """Send the certificate in a file of its own and return its receipt."""
    return _birth(world, certificate(**changes), reason)


def send_xml9(world: World, *, reason: str | None = None, made_on: str = "20260916", **changes: str) -> Json:
    """Send the mother's dossier with XML9 and return the birth's receipt."""
    data = envelope(xml9(**changes))
    return _birth(world, data.replace(b"<NGAYLAP>20260916", f"<NGAYLAP>{made_on}".encode()), reason)


def _birth(world: World, data: bytes, reason: str | None) -> Json:
    world.clock.pass_(minutes=1)
    batch = send(world, cut(data), reason=reason)
    work_off(world, batch)
    (found,) = (one for one in receipts(world, batch) if one["kind"] == "birth")
    assert found["key"] == NUMBER
    return found


def version(receipt: Json) -> str:
    return str(receipt["location"]).partition("/_history/")[2]


def stands(world: World) -> str:
    """The paper that a search finds, of which there is one."""
    (entry,) = world.get("insurer", PAPERS).json["entry"]
    return paper_of(entry["resource"])


def paper_of(bundle: Json) -> str:
    for extension in bundle["entry"][0]["resource"]["extension"]:
        if extension["url"].endswith("/paper"):
            return str(extension["extension"][0]["valueString"])
    raise AssertionError("no paper")


def history(world: World) -> list[tuple[str, str | None]]:
    """Each version's paper and why it replaced the one before, newest first."""
    (entry,) = world.get("insurer", PAPERS).json["entry"]
    found = world.get("insurer", f"/fhir/Bundle/{entry['resource']['id']}/_history").json["entry"]
    return [
        (
            paper_of(one["resource"]),
            one["resource"]["meta"].get("extension", [{}])[0].get("valueString"),
        )
        for one in found
    ]


def differing(receipt: Json) -> list[tuple[str, str, str, str]]:
    return [
        (one["severity"], one["field"], one["value"], one["expected"])
        for one in receipt["findings"]
        if one["code"] == "birth.papers-differ"
    ]


class TestTheCertificateAfterXML9:
    def test_is_the_same_birth_and_takes_its_place_without_a_reason(self, world: World) -> None:
        first = send_xml9(world)
        second = send_certificate(world)
        assert (first["result"], second["result"], second["code"]) == ("stored", "stored", None)
        assert second["location"] == first["location"].replace("/1", "/2")
        assert differing(second) == []
        assert stands(world) == "GIAYCHUNGSINH"
        assert history(world) == [("GIAYCHUNGSINH", "birth-certificate"), ("XML9", None)]

    def test_that_tells_otherwise_stands_all_the_same_and_both_values_are_told(self, world: World) -> None:
        send_xml9(world)
        receipt = send_certificate(world, GIOI_TINH_CON="1", SO_CCCD_NND="033300000002", CAN_NANG_CON="3250")
        assert (receipt["result"], receipt["outcome"]) == ("stored", "accepted-with-warnings")
        assert differing(receipt) == [
            ("warning", "GIOI_TINH_CON", "1", "2"),
            ("warning", "SO_CCCD_NND", "033300000002", "033300000001"),
            ("warning", "CAN_NANG_CON", "3250", "3150"),
        ]
        assert stands(world) == "GIAYCHUNGSINH"

    def test_lets_xml9_that_comes_again_find_its_own_version(self, world: World) -> None:
        first = send_xml9(world)
        send_certificate(world)
        again = send_xml9(world, made_on="20261001")
        assert (again["result"], again["location"]) == ("already-stored", first["location"])
        assert key_of(world, NUMBER, "birth") == (2, False)


class TestXML9AfterTheCertificate:
    def test_is_the_same_birth_and_goes_into_the_history_without_a_reason(self, world: World) -> None:
        first = send_certificate(world)
        second = send_xml9(world)
        assert (first["result"], second["result"], second["code"]) == ("stored", "stored", None)
        assert second["location"] == first["location"].replace("/1", "/2")
        assert stands(world) == "GIAYCHUNGSINH"
        assert history(world) == [
            ("GIAYCHUNGSINH", "birth-certificate"),
            ("XML9", "birth-in-dossier"),
            ("GIAYCHUNGSINH", None),
        ]
        kept = world.get("desk", f"/fhir/{second['location']}").json
        assert "SYN-33999-0000001" in str(kept), "XML9 alone names the mother's visit"

    def test_leaves_the_certificate_as_it_was_received(self, world: World) -> None:
        send_certificate(world)
        with world.database.begin(DESK) as session:
            before = session.scalars(select(Document.body).filter_by(kind="birth")).one()
        send_xml9(world)
        with world.database.begin(DESK) as session:
            row = session.scalars(select(Document).filter_by(kind="birth")).one()
            assert (row.body, row.number, row.version, row.status) == (before, NUMBER, 3, "final")

    def test_that_tells_of_another_birth_is_refused_with_both_values(self, world: World) -> None:
        send_certificate(world)
        receipt = send_xml9(world, GIOI_TINH_CON="1", NGAY_SINH_CON="202609141351")
        assert (receipt["result"], receipt["outcome"], receipt["code"]) == (
            "refused",
            "refused",
            "birth.papers-differ",
        )
        assert differing(receipt) == [
            ("error", "GIOI_TINH_CON", "1", "2"),
            ("error", "NGAY_SINH_CON", "202609141351", "20260914135027"),
        ]
        assert key_of(world, NUMBER, "birth") == (1, False)

    def test_cannot_be_made_the_stronger_paper_by_a_reason(self, world: World) -> None:
        send_certificate(world)
        receipt = send_xml9(world, reason="sai giới tính", GIOI_TINH_CON="1")
        assert (receipt["result"], receipt["code"]) == ("refused", "birth.papers-differ")
        agreeing = send_xml9(world, reason="sai giới tính")
        assert agreeing["result"] == "stored"
        assert stands(world) == "GIAYCHUNGSINH"

    def test_that_differs_in_what_the_birth_is_not_known_by_is_taken_with_warnings(
        self, world: World
    ) -> None:
        send_certificate(world)
        receipt = send_xml9(world, CAN_NANG_CON="3250")
        assert (receipt["result"], receipt["outcome"]) == ("stored", "accepted-with-warnings")
        assert differing(receipt) == [("warning", "CAN_NANG_CON", "3250", "3150")]
        mended = send_xml9(world)
        assert (mended["result"], version(mended), differing(mended)) == ("stored", "4", [])
        again = send_xml9(world, made_on="20261001")
        assert (again["result"], version(again)) == ("already-stored", "4")

    def test_refused_one_by_one_is_a_conflict_that_tells_the_fact(self, world: World) -> None:
        send_xml9(world, GIOI_TINH_CON="1")
        (entry,) = world.get("desk", PAPERS).json["entry"]
        report = {name: value for name, value in entry["resource"].items() if name not in {"id", "meta"}}
        assert cancel(world, "birth", NUMBER).status_code == 200
        send_certificate(world, reason="cấp lại")
        answer = world.post("desk", "/fhir/Bundle", report, X_Request_Id="other")
        assert (answer.status_code, codes(answer)) == (409, ["birth.papers-differ"])
        assert "XML9.GIOI_TINH_CON: 1 / 2" in answer.text
        assert "GIOI_TINH_CON" not in str([row.outcome for row in logged(world, "other")])


class TestOneOfTheTwo:
    def test_is_corrected_by_itself_the_signed_one_only_with_a_reason(self, world: World) -> None:
        send_certificate(world)
        silent = send_certificate(world, CAN_NANG_CON="3250")
        assert (silent["result"], silent["code"]) == ("refused", "record.conflict")
        assert send_certificate(world, reason="nhập nhầm", CAN_NANG_CON="3250")["result"] == "corrected"

    def test_is_corrected_by_itself_xml9_with_its_dossier(self, world: World) -> None:
        send_xml9(world)
        assert send_xml9(world, CAN_NANG_CON="3250")["result"] == "corrected"
        assert history(world) == [("XML9", "resubmitted"), ("XML9", None)]

    def test_that_is_withdrawn_lets_no_certificate_stand_again_without_a_reason(self, world: World) -> None:
        send_xml9(world)
        cancel(world, "birth", NUMBER)
        assert send_certificate(world)["code"] == "record.cancelled"
        assert send_certificate(world, reason="cấp lại")["result"] == "corrected"

    def test_that_is_withdrawn_stands_again_with_a_newer_dossier_only_for_a_reason_and_is_warned_of(
        self, world: World
    ) -> None:
        send_xml9(world)
        cancel(world, "birth", NUMBER)
        assert send_xml9(world)["code"] == "record.cancelled", "the same file"
        assert send_xml9(world, made_on="20260917")["code"] == "record.cancelled", "exported anew"
        assert send_xml9(world, CAN_NANG_CON="3250")["code"] == "record.cancelled", "corrected"
        restored = send_xml9(world, CAN_NANG_CON="3250", reason="hủy nhầm")
        assert (restored["result"], restored["outcome"]) == ("corrected", "accepted-with-warnings")
        assert "record.restored" in {one["code"] for one in restored["findings"]}

    def test_that_is_decided_stays_as_it_is(self, world: World) -> None:
        send_xml9(world)
        decide(world, NUMBER)
        assert send_certificate(world)["code"] == "record.decided"


def test_a_birth_of_fhir_that_names_no_paper_is_corrected_as_any_record(world: World) -> None:
    # A document with the certificate's identifier and little else: the parts of a death, which it is not.
    made_elsewhere = death(NUMBER) | {"identifier": {"system": f"{SID}/vn-gcs", "value": NUMBER}}
    assert world.post("desk", "/fhir/Bundle", made_elsewhere).status_code == 201
    other = made_elsewhere | {"timestamp": "2026-07-14T07:59:00+07:00"}
    answer = world.post("desk", "/fhir/Bundle", other)
    assert (answer.status_code, codes(answer)) == (409, ["record.conflict"])
    assert correct(world, other).headers["ETag"] == 'W/"2"'
