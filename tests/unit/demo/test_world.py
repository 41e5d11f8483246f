"""The invented province: fixed by its seed, complete, and plausible enough to import."""

import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

from demo import world

TODAY = date(2026, 11, 22)


@cache
def province() -> list[world.Cover]:
    return list(world.covers(5000, today=TODAY))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        world.write(tmp_path / name, 500, today=TODAY)
    for file in ("facilities.csv", "members.csv"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_another_seed_gives_other_people() -> None:
    one, other = (list(world.covers(50, seed=seed, today=TODAY)) for seed in (1, 2))
    assert one != other


def test_the_province_has_295_facilities_with_the_sample_hospital_among_them() -> None:
    made = world.facilities()
    codes = {facility.code for facility in made}
    assert len(made) == len(codes) == 295
    assert "33999" in codes
    assert all(re.fullmatch(r"33\d{3}", code) for code in codes)
    assert {facility.level for facility in made} == {"primary", "basic", "specialized"}


def test_every_card_number_has_the_national_form_and_ends_in_the_persons_number() -> None:
    for cover in province():
        assert re.fullmatch(r"[A-Z]{2}[1-5]\d{12}", cover.card_number)
        assert cover.card_number.endswith(cover.insurance_number)
        assert cover.valid_from <= cover.valid_to


def test_every_person_has_an_id_number_of_their_own_that_tells_sex_and_birth_year() -> None:
    people = {}
    for cover in province():
        people.setdefault(cover.national_id, cover.insurance_number)
        assert people[cover.national_id] == cover.insurance_number
        if cover.insurance_number.startswith("33"):
            assert int(cover.national_id[3]) % 2 == (cover.sex == "female")
            assert cover.national_id[4:6] == cover.birth_date[2:4]
    assert len(people) == len(set(people.values())) == 5003


def test_no_cover_stands_there_twice() -> None:
    made = [(cover.card_number, cover.valid_from) for cover in province()]
    assert len(made) == len(set(made))


def test_a_few_covers_have_ended_and_a_few_people_hold_two() -> None:
    made = province()
    ended = sum(cover.valid_to < TODAY for cover in made)
    twice = sum(count > 1 for count in Counter(cover.national_id for cover in made).values())
    assert 0.02 < ended / len(made) < 0.045
    assert 0.01 < twice / 5000 < 0.03


def test_the_samples_mother_is_covered_on_any_later_day_and_mr_het_han_is_not() -> None:
    for today in (TODAY, date(2028, 2, 29)):
        mother, _, expired = world.sample_covers(today)
        assert mother.valid_from <= today <= mother.valid_to
        assert expired.valid_to < today
