"""The machine-readable zone, against the specimens printed in ICAO Doc 9303."""

import pytest

from cardreader.errors import MalformedData
from cardreader.lds.mrz import access_info, check_access_info, check_digit, parse_mrz

TD1_SPECIMEN = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD1_LONG_NUMBER = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
TD3_SPECIMEN = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"  # Doc 9303-4
)


def test_the_check_digit_is_that_of_doc_9303_3() -> None:
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"


def test_the_td1_specimen_is_read() -> None:
    mrz = parse_mrz(TD1_SPECIMEN)
    assert (mrz.layout, mrz.issuer, mrz.document_number) == ("TD1", "UTO", "D23145890")
    assert (mrz.birth, mrz.sex, mrz.expiry, mrz.nationality) == ("740812", "female", "120415", "UTO")
    assert (mrz.surname, mrz.given_names, mrz.optional) == ("ERIKSSON", "ANNA MARIA", "")
    assert mrz.access_info == "D23145890774081221204159"


def test_a_long_document_number_goes_on_in_the_optional_data() -> None:
    mrz = parse_mrz(TD1_LONG_NUMBER)  # Doc 9303-11 appendix D.2's second specimen
    assert mrz.document_number == "D23145890734"
    assert mrz.access_info == "D23145890734934071279507122"


def test_the_td3_specimen_is_read() -> None:
    mrz = parse_mrz(TD3_SPECIMEN)
    assert (mrz.layout, mrz.document_number, mrz.optional) == ("TD3", "L898902C3", "ZE184226B")
    assert (mrz.surname, mrz.given_names, mrz.sex) == ("ERIKSSON", "ANNA MARIA", "female")
    assert mrz.access_info == "L898902C3674081221204159"


def test_the_access_input_of_doc_9303_11_is_made_and_checked() -> None:
    assert access_info("L898902C", "690806", "940623") == "L898902C<369080619406236"
    check_access_info("L898902C<369080619406236")
    with pytest.raises(MalformedData):
        check_access_info("L898902C<369080619406237")


@pytest.mark.parametrize("position", [5, 14, 30, 36, 38, 44, 59])
def test_one_wrong_character_is_refused(position: int) -> None:
    other = "8" if TD1_SPECIMEN[position] != "8" else "9"
    with pytest.raises(MalformedData):
        parse_mrz(TD1_SPECIMEN[:position] + other + TD1_SPECIMEN[position + 1 :])


@pytest.mark.parametrize("text", ["", "A" * 89, TD1_SPECIMEN.lower(), TD1_SPECIMEN[:-1] + "É"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(MalformedData):
        parse_mrz(text)


def test_a_printed_zone_does_not_show_the_key_input() -> None:
    assert "740812212041" not in repr(parse_mrz(TD1_SPECIMEN))
