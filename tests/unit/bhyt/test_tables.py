"""The dated tables: complete columns, sensible days, and the figures that the law states."""

import csv
from datetime import date
from pathlib import Path

import pytest

from bhyt import tables
from bhyt.r4.systems import code_url, concept, encounter_class, identifier_url
from bhyt.tables import BASE, find, label, rows
from bhyt.tables.codes import code_rows
from bhyt.tables.fields import TABLES, all_fields, profile
from bhyt.tables.generations import generations

FOLDER = Path(tables.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))
FIELD_TABLES = [name for name in NAMES if name.startswith("fields_")]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_table_is_complete_dated_and_says_its_source(name: str) -> None:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found
    for row in found:
        assert None not in row
        assert None not in row.values()
        assert row["source"]
        if name in FIELD_TABLES:
            assert {row["since"], row["until"]} <= {"", *generations()}
            continue
        days = [date.fromisoformat(row[key]) for key in ("valid_from", "valid_to") if row[key]]
        assert days == sorted(days)


@pytest.mark.parametrize(
    ("code", "day", "rate"),
    [
        ("1.1", date(2026, 9, 14), "100"),
        ("1.13", date(2026, 6, 30), "0"),
        ("1.13", date(2026, 7, 1), "50"),
        ("2", date(2024, 1, 1), "100"),
        ("3.5", date(2024, 1, 1), "0"),
    ],
)
def test_a_visit_category_has_the_routing_rate_of_its_day(code: str, day: date, rate: str) -> None:
    found = [row["routing_rate"] for row in rows("visit_category", on=day) if row["code"] == code]
    assert found == [rate]


def test_a_self_referred_visit_at_a_central_hospital_counts_inpatients_only() -> None:
    found = {
        row["setting"]: row["routing_rate"]
        for row in rows("visit_category", on=date(2026, 9, 14))
        if row["code"] == "3.1"
    }
    assert found == {"inpatient": "40", "outpatient": "0"}


def test_a_care_type_named_inpatient_has_the_inpatient_rate_and_a_stay_at_a_commune_station_has_not() -> None:
    stays = {row["code"] for row in rows("care_type") if row["encounter_class"] == "IMP"}
    rated = {row["code"] for row in rows("care_type") if row["inpatient_rate"] == "yes"}
    assert (stays, rated) == ({"03", "04", "06", "09"}, {"03", "04", "09"})
    assert encounter_class("06") == "IMP"
    assert encounter_class("99") == "AMB"


def test_only_the_primary_tier_forces_the_full_level() -> None:
    assert {row["code"] for row in rows("visit_category") if row["full_level"] == "yes"} == {"1.2"}


def test_a_code_that_ended_is_not_found_any_more() -> None:
    assert find("visit_category", "1.8", on=date(2025, 7, 31)) is not None
    assert find("visit_category", "1.8", on=date(2025, 8, 1)) is None
    assert label("treatment_result", "5") == "Tử vong"
    assert label("treatment_result", "55") is None


@pytest.mark.parametrize("level", ["1", "2", "3", "4", "5"])
def test_every_usual_level_of_a_card_group_is_a_benefit_level(level: str) -> None:
    assert find("benefit_levels", level, key="level") is not None
    assert {row["usual_level"] for row in rows("card_groups")} <= {"1", "2", "3", "4", "5", ""}


@pytest.mark.parametrize("table", TABLES)
def test_a_profile_names_each_field_once_in_the_official_order(table: str) -> None:
    order = [int(row["order"]) for row in rows(f"fields_{table.lower()}")]
    assert order == sorted(order)
    for generation in generations():
        fields = profile(table, generation)
        names = {field.name for field in fields}
        assert len(names) == len(fields)
        assert {term.field for field in fields for term in field.condition} <= {
            field.name for field in all_fields(table)
        }
        assert all(code_rows(field.codes) for field in fields if field.codes)


def test_the_system_of_an_identifier_or_code_is_ours_and_never_an_oid() -> None:
    for name in ("identifier_systems", "code_systems"):
        for row in rows(name):
            assert row["url"].startswith(f"{BASE}/")
            assert "oid" not in row["url"]
    assert identifier_url("citizen-id") == f"{BASE}/sid/vn-cccd"
    assert code_url("cost-group") == f"{BASE}/CodeSystem/vn-ma-nhom"
    assert concept("treatment-result", "1")["text"] == "Khỏi"
    with pytest.raises(KeyError):
        identifier_url("unknown")
