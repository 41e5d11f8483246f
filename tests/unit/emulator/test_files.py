"""The files of an issued card, read by other eyes than those that wrote them."""

from hashlib import sha256
from typing import Any

import pytest
from asn1crypto import core

from cardreader.emulator.files import EF_CARD_ACCESS, EF_COM, national_data
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.portrait import portrait
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.security_infos import card_access
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.dg13 import parse_dg13

CITIZEN = SAMPLES["mau-thu"]


def test_card_access_is_byte_for_byte_the_constant_of_the_public_applications(
    vectors: dict[str, Any],
) -> None:
    assert card_access(Habits()).hex().upper() == vectors["vn_cccd_cardaccess"]["hex"]


def test_dg14_repeats_every_entry_of_card_access(authority: TrainingAuthority) -> None:
    files = authority.issue(CITIZEN).files
    announced = {info.dump() for info in core.SetOf.load(files[EF_CARD_ACCESS], spec=core.Sequence)}
    repeated = {info.dump() for info in core.SetOf.load(files[14][3:], spec=core.Sequence)}
    assert announced < repeated


def test_a_card_without_pace_announces_none_in_dg14_either(authority: TrainingAuthority) -> None:
    files = authority.issue(CITIZEN, habits=Habits(pace=False)).files
    assert EF_CARD_ACCESS not in files
    assert bytes.fromhex("04007F00070202040202") not in files[14]


def test_dg1_names_the_citizen(authority: TrainingAuthority) -> None:
    read = parse_dg1(authority.issue(CITIZEN).files[1])
    assert (read.surname, read.given_names, read.birth) == ("NGUYEN", "THI MAU THU", "950412")


@pytest.mark.parametrize("together", [False, True], ids=["a sequence each", "one sequence"])
def test_dg13_holds_both_parents_in_either_layout(together: bool) -> None:
    read = parse_dg13(national_data(CITIZEN, parents_together=together))
    assert (read.father, read.mother) == (CITIZEN.father, CITIZEN.mother)


def test_an_unmarried_person_without_an_old_number_has_an_empty_field_14_and_no_field_15() -> None:
    file = national_data(SAMPLES["vo-danh"])
    assert bytes.fromhex("300302010E") in file
    assert bytes.fromhex("02010F") not in file


def test_a_card_without_expiry_says_so_in_words() -> None:
    assert "Không thời hạn" in parse_dg13(national_data(SAMPLES["mau-cu"])).fields.values()


def test_ef_com_lists_the_tags_of_the_groups_on_the_chip(authority: TrainingAuthority) -> None:
    full = authority.issue(CITIZEN).files[EF_COM]
    without = authority.issue(CITIZEN, habits=Habits(has_dg13=False)).files[EF_COM]
    assert full.hex() == "60175f0104303130385f36063034303030305c0561756d6e6f"
    assert without.hex() == "60165f0104303130385f36063034303030305c0461756e6f"


def test_the_portrait_is_the_jpeg_that_pillow_decoded_to_the_drawn_grays() -> None:
    # Pillow 12 decoded the file with this digest to 192 x 256, mode L, in exactly the shades 70, 140 and 200.
    assert (
        sha256(portrait()).hexdigest() == "6275ab5e9a4d23ff96f5f739012152a9fc57d8b9681d3ef29d0eb2703120d96d"
    )


def test_dg2_holds_the_portrait_in_a_face_record_whose_lengths_add_up(authority: TrainingAuthority) -> None:
    file = authority.issue(CITIZEN).files[2]
    record = file[file.index(b"FAC\x00") :]
    assert int.from_bytes(record[8:12]) == len(record)
    assert int.from_bytes(record[14:18]) == len(record) - 14
    assert record[46:] == portrait()
