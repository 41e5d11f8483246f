"""What a claim has besides its lines stands with the version of the claim that brought it, and no longer."""

from typing import Any

import pytest

from bhyt.r4.dossier import withdrawn
from bhyt.validation import problems
from tests.integration.gateway.corrections import cancel, correct, key_of
from tests.integration.gateway.parcels import VISIT, cut, lines, receipts, send, work_off
from tests.integration.gateway.world import SID, World, claim
from tests.unit.bhyt.samples import envelope, inner_files

FOUND = f"/fhir/Bundle?type=collection&identifier={SID}/vn-ma-lk|LK-1"
RESULTS = (
    "<CHITIEU_CHITIET_DICHVUCANLAMSANG><DSACH_CHI_TIET_CLS><CHI_TIET_CLS><MA_LK>LK-1</MA_LK><STT>1</STT>"
    "<MA_DICH_VU>23.0075.1494</MA_DICH_VU><MA_CHI_SO>GLU</MA_CHI_SO><TEN_CHI_SO>Glucose</TEN_CHI_SO>"
    "<GIA_TRI>5.1</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><NGAY_KQ>202609141000</NGAY_KQ></CHI_TIET_CLS>"
    "</DSACH_CHI_TIET_CLS></CHITIEU_CHITIET_DICHVUCANLAMSANG>"
)
WITH = {"XML4": RESULTS}
WITHOUT: dict[str, str] = {}
OF_FHIR = {
    "resourceType": "Bundle",
    "type": "collection",
    "identifier": {"system": f"{SID}/vn-ma-lk", "value": "LK-1"},
    "entry": [
        {
            "fullUrl": "urn:uuid:8d1a5c0e-3f0b-4c1e-9d55-0c6f4d6f9a01",
            "resource": {"resourceType": "Observation", "status": "final", "code": {"text": "Glucose"}},
        },
        {
            "fullUrl": "urn:uuid:8d1a5c0e-3f0b-4c1e-9d55-0c6f4d6f9a02",
            "resource": {"resourceType": "Location", "status": "active"},
        },
    ],
}


def take(
    world: World, tables: dict[str, str], *, name: str = "Đỡ đẻ thường", reason: str | None = None
) -> str:
    """Send a new file of the claim LK-1 with these further tables and return what became of the claim."""
    world.clock.pass_(minutes=1)
    own = {table: text.replace(VISIT, "LK-1") for table, text in inner_files().items() if table != "XML9"}
    own["XML1"] = own["XML1"].replace("Đỡ đẻ thường", name)
    made_on = f"<NGAYLAP>202610{world.clock.now.minute:02d}".encode()
    batch = send(world, cut(envelope(own | tables).replace(b"<NGAYLAP>20260916", made_on)), reason=reason)
    work_off(world, batch)
    (receipt,) = receipts(world, batch)
    return str(receipt["result"])


def standing(world: World) -> tuple[str, list[str]]:
    """Return the newest version of the dossier, and how each of its parts stands."""
    (entry,) = world.get("insurer", FOUND).json["entry"]
    bundle: dict[str, Any] = entry["resource"]
    parts = [part["resource"]["status"] for part in bundle.get("entry", ())]
    return bundle["meta"]["versionId"], parts


def told(world: World) -> list[list[str]]:
    """Return how the parts of each version stand, newest first."""
    (entry,) = world.get("insurer", FOUND).json["entry"]
    history = world.get("insurer", f"/fhir/Bundle/{entry['resource']['id']}/_history").json["entry"]
    return [[part["resource"]["status"] for part in one["resource"]["entry"]] for one in history]


def test_a_correction_without_further_tables_withdraws_those_of_the_version_before(world: World) -> None:
    assert take(world, WITH) == "stored"
    assert standing(world) == ("1", ["final"])
    assert take(world, WITHOUT) == "corrected"
    assert standing(world) == ("2", ["entered-in-error"])
    assert told(world) == [["entered-in-error"], ["final"]]
    assert key_of(world, "LK-1", "dossier") == (2, True)


def test_tables_that_come_again_with_a_later_correction_stand_again(world: World) -> None:
    for tables in (WITH, WITHOUT, WITH):
        take(world, tables)
    assert standing(world) == ("3", ["final"])
    assert told(world) == [["final"], ["entered-in-error"], ["final"]]
    assert key_of(world, "LK-1", "dossier") == (3, False)


def test_a_correction_without_further_tables_of_a_claim_that_had_none_is_one_of_the_claim_alone(
    world: World,
) -> None:
    take(world, WITHOUT)
    assert take(world, WITHOUT, name="Đỡ đẻ thường, cắt tầng sinh môn") == "corrected"
    assert world.get("insurer", FOUND).json["entry"] == []


def test_the_same_file_again_leaves_the_dossier_as_it_is(world: World) -> None:
    take(world, WITH)
    assert take(world, WITH) == "already-stored"
    assert standing(world) == ("1", ["final"])


def test_a_cancelled_claim_takes_its_dossier_along_and_brings_it_back_when_it_stands_again(
    world: World,
) -> None:
    take(world, WITH)
    assert cancel(world).json["location"].endswith("/_history/2")
    assert standing(world) == ("2", ["entered-in-error"])
    assert cancel(world).json["location"].endswith("/_history/2")
    assert take(world, WITH) == "refused"
    assert standing(world) == ("2", ["entered-in-error"])
    assert take(world, WITH, reason="hủy nhầm") == "corrected"
    assert standing(world) == ("3", ["final"])


def test_a_line_of_fhir_brings_back_no_dossier_of_a_cancelled_claim(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    work_off(world, send(world, lines(OF_FHIR)))
    cancel(world)
    batch = send(world, lines(claim("LK-2"), OF_FHIR))
    work_off(world, batch)
    assert [one["code"] for one in receipts(world, batch)] == [None, "record.cancelled"]
    assert standing(world) == ("2", ["entered-in-error"])


def test_a_dossier_that_was_born_in_fhir_outlives_a_correction_of_its_claim_and_not_its_cancelling(
    world: World,
) -> None:
    world.post("desk", "/fhir/Claim", claim())
    assert world.post("desk", "/fhir/Bundle", OF_FHIR).status_code == 201
    correct(world, claim() | {"created": "2026-07-15"})
    assert standing(world) == ("1", ["final", "active"])
    cancel(world)
    assert standing(world) == ("2", ["entered-in-error"])


def test_a_line_of_fhir_that_is_a_dossier_corrects_the_one_that_stands_as_a_claim_does(world: World) -> None:
    other = OF_FHIR | {"entry": OF_FHIR["entry"][:1]}
    for number, (bundle, result) in enumerate([(OF_FHIR, "stored"), (other, "corrected")]):
        batch = send(world, lines(claim(f"LK-{number}"), bundle))
        work_off(world, batch)
        found = receipts(world, batch)[1]
        assert (found["kind"], found["key"], found["result"]) == ("dossier", "LK-1", result)


@pytest.mark.parametrize("name", ["XML12", "XML16"])
def test_a_table_that_nobody_can_read_is_a_correction_when_it_comes_or_changes(
    world: World, name: str
) -> None:
    results = [take(world, tables) for tables in (WITHOUT, {name: "<A>1</A>"}, {name: "<A>1</A>"})]
    assert results == ["stored", "corrected", "already-stored"]
    assert take(world, {name: "<A>2</A>"}) == "corrected"


def test_a_withdrawn_dossier_is_valid_and_holds_no_part_that_stands() -> None:
    bundle = withdrawn(OF_FHIR)
    assert problems(bundle) == []
    assert [part["resource"]["status"] for part in bundle["entry"]] == ["entered-in-error"]
    nothing = withdrawn(OF_FHIR | {"entry": OF_FHIR["entry"][1:]})
    assert "entry" not in nothing
    assert problems(nothing) == []
