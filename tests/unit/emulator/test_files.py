"""The files of an issued card, read by other eyes than those that wrote them."""

import io
from typing import Any

import pytest
from asn1crypto import core
from PIL import Image

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.face import face
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


def entries(file: bytes) -> set[bytes]:
    """Return the security infos of EF.CardAccess or DG14, each with its tag and length."""
    start = file.index(0x31)
    return {info.dump() for info in core.SetOf.load(file[start:], spec=core.Sequence)}


@pytest.mark.parametrize(
    "name", ["usual", "pace-cam-and-gm", "pace-several", "pace-gm-dh2048-256", "ca-numbered"]
)
def test_dg14_repeats_every_entry_of_card_access(authority: TrainingAuthority, name: str) -> None:
    files = authority.issue(CITIZEN, habits=HABITS[name]).files
    assert entries(files[EF_CARD_ACCESS]) < entries(files[14])


def test_a_careless_issuer_forgets_to_repeat_it(authority: TrainingAuthority) -> None:
    files = authority.issue(CITIZEN, habits=HABITS["dg14-differs"]).files
    assert not entries(files[EF_CARD_ACCESS]) <= entries(files[14])


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


@pytest.mark.parametrize("image_format", ["JPEG", "JPEG2000"])
def test_the_portrait_is_a_file_that_pillow_decodes_to_a_color_picture(image_format: str) -> None:
    picture = Image.open(io.BytesIO(portrait(image_format, long_hair=True, variant=1)))
    assert (picture.format, picture.mode, picture.size) == (image_format, "RGB", (300, 400))
    darkest, brightest = zip(*picture.getextrema(), strict=True)
    assert max(darkest) < 80
    assert min(brightest) > 200


def test_two_citizens_have_two_faces() -> None:
    faces = {face(citizen, Habits()) for citizen in SAMPLES.values()}
    assert len(faces) == len(SAMPLES)


@pytest.mark.parametrize(("image_format", "code"), [("JPEG", 0), ("JPEG2000", 1)])
def test_dg2_holds_the_portrait_in_a_face_record_whose_lengths_add_up(image_format: str, code: int) -> None:
    # ISO/IEC 19794-5:2005 §5: header of 14 bytes, facial information of 20, image information of 12.
    file = face(CITIZEN, Habits(portrait=image_format))
    record = file[file.index(b"FAC\x00") :]
    assert int.from_bytes(record[8:12]) == len(record)
    assert int.from_bytes(record[14:18]) == len(record) - 14
    assert (record[35], int.from_bytes(record[36:38]), int.from_bytes(record[38:40])) == (code, 300, 400)
    assert record[46:] == portrait(image_format, long_hair=True, variant=1)
