"""The machine-readable zone, against the specimens printed in ICAO Doc 9303."""

import pytest

from cardreader.emulator.mrz import access_information, check_digit, machine_readable_zone
from cardreader.emulator.samples import SAMPLES
from cardreader.lds.mrz import parse_mrz


@pytest.mark.parametrize(
    ("field", "digit"),
    [
        pytest.param("L898902C<", "3", id="9303-11 appendix D.2, document number"),
        pytest.param("690806", "1", id="9303-11 appendix D.2, date of birth"),
        pytest.param("940623", "6", id="9303-11 appendix D.2, date of expiry"),
        pytest.param("D23145890", "7", id="9303-5 specimen, document number"),
        pytest.param("740812", "2", id="9303-5 specimen, date of birth"),
        pytest.param(
            "D231458907" + "<" * 15 + "7408122" + "1204159" + "<" * 11, "6", id="9303-5 specimen, composite"
        ),
    ],
)
def test_check_digits_are_those_of_the_printed_specimens(field: str, digit: str) -> None:
    assert check_digit(field) == digit


def test_the_document_number_is_the_last_nine_digits_and_the_twelve_are_optional_data() -> None:
    zone = machine_readable_zone(SAMPLES["mau-thu"])
    assert zone[:30] == "IDVNM3000000012033300000001<<4"


def test_names_lose_their_marks_and_the_family_name_stands_first() -> None:
    assert machine_readable_zone(SAMPLES["mau-thu"])[60:] == "NGUYEN<<THI<MAU<THU<<<<<<<<<<<"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_by_the_parser_of_the_reader(name: str) -> None:
    citizen = SAMPLES[name]
    read = parse_mrz(machine_readable_zone(citizen))
    assert read.document_number == citizen.document_number
    assert read.optional.startswith(citizen.id_number)
    assert read.access_info == access_information(citizen)
