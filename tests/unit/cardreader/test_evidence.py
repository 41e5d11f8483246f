"""What a chip says of its holder, and whether its parts agree."""

from dataclasses import replace

import pytest

from cardreader.errors import CardError, MalformedData, NotAnIdCard, OversizedData
from cardreader.lds.tlv import write_tlv
from cardreader.proof.evidence import Evidence, check_consistency, identity
from cardreader.proof.reasons import Check, Reason
from tests.unit.cardreader.people import DG1, DG13, dg1, dg13, zone

PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def evidence(*groups: bytes) -> Evidence:
    numbers = {0x61: 1, 0x6D: 13}
    return Evidence(b"", {numbers[file[0]]: file for file in groups})


def test_the_holder_is_read_with_diacritics_where_dg13_has_them() -> None:
    found = identity(evidence(DG1, DG13))
    assert (found.id_number, found.full_name) == ("033300000001", "NGUYỄN THỊ MẪU THỬ")
    assert (found.birth_date, found.sex, found.nationality) == ("1995-04-12", "female", "VNM")
    assert (found.expiry_date, found.document_number) == ("2035-04-12", "300000001")


@pytest.mark.parametrize(
    "other", [(), (write_tlv(0x6D, b"encoded in a way not known here"),)], ids=["none", "unreadable"]
)
def test_dg1_alone_is_enough(other: tuple[bytes, ...]) -> None:
    found = identity(evidence(DG1, *other))
    assert (found.full_name, found.birth_date) == ("NGUYEN THI MAU THU", "1995-04-12")


@pytest.mark.parametrize(
    ("id_number", "birth", "expiry", "expected"),
    [
        pytest.param("033040000002", "400115", "991231", "1940-01-15", id="the number says the 20th century"),
        pytest.param("033210000002", "100115", "350115", "2010-01-15", id="the number says the 21st century"),
        pytest.param(
            "033300000001", "950412", "350412", "1995-04-12", id="contradiction: born before expiry"
        ),
        pytest.param("033000000001", "200412", "350412", "2020-04-12", id="contradiction: a child"),
        pytest.param("033000000001", "200412", "991231", "1920-04-12", id="contradiction: never expires"),
        pytest.param("033040000002", "400100", "991231", "1940-01", id="unknown day"),
        pytest.param("033040000002", "40<<<<", "991231", "1940", id="unknown month"),
    ],
)
def test_a_birth_date_of_six_characters_gets_its_century(
    id_number: str, birth: str, expiry: str, expected: str
) -> None:
    assert identity(evidence(dg1(zone(id_number, birth, expiry=expiry)))).birth_date == expected


def test_a_card_without_expiry_has_none() -> None:
    assert identity(evidence(dg1(zone(expiry="991231")))).expiry_date is None


@pytest.mark.parametrize("birth", ["950231", "951301", "<<0412"])
def test_a_birth_date_that_is_none_is_refused(birth: str) -> None:
    with pytest.raises(MalformedData):
        identity(evidence(dg1(zone(birth=birth))))


@pytest.mark.parametrize(
    ("groups", "error"),
    [
        pytest.param((DG13,), MalformedData, id="no DG1"),
        pytest.param((dg1(PASSPORT),), NotAnIdCard, id="a foreign passport"),
        pytest.param((dg1(PASSPORT), DG13), NotAnIdCard, id="a foreign passport, a DG13 like ours"),
        pytest.param(
            (dg1(zone().replace("IDVNM", "IDLAO")), DG13),
            NotAnIdCard,
            id="a foreign card, a DG13 like ours",
        ),
    ],
)
def test_without_an_id_number_there_is_no_holder(groups: tuple[bytes, ...], error: type[CardError]) -> None:
    with pytest.raises(error):
        identity(evidence(*groups))


@pytest.mark.parametrize(
    ("groups", "expected_id", "check"),
    [
        pytest.param((DG1, DG13), "033300000001", Check("passed"), id="all three"),
        pytest.param((DG1, DG13), None, Check("passed"), id="chip alone"),
        pytest.param((DG1,), "033300000001", Check("passed"), id="DG1 and a number"),
        pytest.param((DG1,), None, Check("not-done", Reason.NOTHING_TO_COMPARE), id="DG1 alone"),
        pytest.param((DG1, DG13), "033300000009", Check("failed", Reason.NUMBER_DIFFERS), id="other number"),
        pytest.param(
            (DG1, dg13(n1="033300000009")), None, Check("failed", Reason.GROUPS_DIFFER), id="DG13 id"
        ),
        pytest.param(
            (DG1, dg13(n3="12/04/1996")), None, Check("failed", Reason.GROUPS_DIFFER), id="DG13 birth"
        ),
        pytest.param((DG1, dg13(n3="1995")), None, Check("passed"), id="DG13 knows the year only"),
        pytest.param((DG1, dg13(n3="không rõ")), None, Check("passed"), id="DG13 has free text"),
        pytest.param(
            (dg1(zone(document="300000009")),),
            "033300000001",
            Check("failed", Reason.GROUPS_DIFFER),
            id="the zone contradicts itself",
        ),
    ],
)
def test_the_parts_must_speak_of_one_holder(
    groups: tuple[bytes, ...], expected_id: str | None, check: Check
) -> None:
    assert check_consistency(evidence(*groups), expected_id=expected_id) == check


EMPTY = {"security_object": "", "data_groups": {}}


def test_evidence_has_only_the_members_that_were_read() -> None:
    bare = Evidence(b"\x77", {1: b"\x61"})
    assert bare.to_json() == {"security_object": "dw==", "data_groups": {"1": "YQ=="}}
    answered = replace(bare, card_access=b"\x31", active_signature=b"")
    assert answered.to_json() == bare.to_json() | {"card_access": "MQ==", "active_signature": ""}
    assert Evidence.from_json(answered.to_json()) == answered


def test_what_is_not_needed_does_not_travel() -> None:
    read = Evidence(b"\x77", {1: b"\x61", 2: b"\x75", 13: b"\x6d"}, active_signature=b"\x01")
    assert read.without(2, 13, 14) == Evidence(b"\x77", {1: b"\x61"}, active_signature=b"\x01")
    assert set(read.data_groups) == {1, 2, 13}


def test_evidence_shows_nothing_of_the_card_when_it_is_printed() -> None:
    read = Evidence(DG1, {1: DG1, 13: DG13}, DG1, DG1, DG1, DG1)
    assert "NGUYEN" not in repr(read)
    assert "033300000001" not in str(read)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param([], MalformedData, id="no object"),
        pytest.param({"security_object": "AA=="}, MalformedData, id="no groups"),
        pytest.param({"security_object": "AA==", "data_groups": []}, MalformedData, id="a list of groups"),
        pytest.param({"data_groups": {}}, MalformedData, id="no security object"),
        pytest.param({"security_object": "A", "data_groups": {}}, MalformedData, id="not base64"),
        pytest.param({**EMPTY, "active_signature": None}, MalformedData, id="a null where an answer belongs"),
        pytest.param({**EMPTY, "active_signature": ["AA=="]}, MalformedData, id="a list of answers"),
        pytest.param({**EMPTY, "card_access": "A"}, MalformedData, id="an extra that is not base64"),
        pytest.param({**EMPTY, "active_signature": "AAAA" * 342}, OversizedData, id="a long signature"),
        pytest.param({**EMPTY, "chip_answer": "AAAA" * 342}, OversizedData, id="a long answer"),
        pytest.param({**EMPTY, "card_security": "AAAA" * 10_923}, OversizedData, id="a long extra file"),
        pytest.param({"security_object": "AB==", "data_groups": {}}, MalformedData, id="bits left over"),
        pytest.param({"security_object": "Ậ", "data_groups": {}}, MalformedData, id="not ASCII"),
        pytest.param({"security_object": "AA==", "data_groups": {"17": "AA=="}}, MalformedData, id="DG17"),
        pytest.param({"security_object": "AA==", "data_groups": {"01": "AA=="}}, MalformedData, id="DG01"),
        pytest.param(
            {"security_object": "AAAA" * 10_923, "data_groups": {}}, OversizedData, id="two bytes too many"
        ),
        pytest.param({"security_object": "A" * 43_693, "data_groups": {}}, OversizedData, id="a long text"),
        pytest.param(
            {"security_object": "", "data_groups": dict.fromkeys(map(str, range(17)), "")},
            OversizedData,
            id="17 groups",
        ),
    ],
)
def test_evidence_of_another_form_or_beyond_the_limits_is_refused(
    body: object, error: type[CardError]
) -> None:
    with pytest.raises(CardError) as caught:
        Evidence.from_json(body)
    assert type(caught.value) is error
