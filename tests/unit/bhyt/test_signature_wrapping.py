"""Signature wrapping: a signature that is right by itself must not vouch for what it does not cover.

The attacks are those of McIntosh and Austel, "XML signature element wrapping attacks and
countermeasures" (2005), on the places that the national files have.
"""

import re

import pytest

from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_document
from tests.unit.bhyt.samples import ENVELOPE
from tests.unit.bhyt.signed import CHECK_INS, DEATHS, KEY
from tests.unit.bhyt.signers import SIGNED_AT

BY_ID = sign_document(ENVELOPE, KEY, signed_at=SIGNED_AT)
"""An envelope in the document profile, as electronic documents of 2025 travel (HSCHUNGTU)."""

RECORD = re.search(rb"<GIAYBAOTU .*</GIAYBAOTU>", DEATHS, re.DOTALL)[0]  # type: ignore[index]
ID = "Id-00000000-0000-4000-8000-000000000060"
FORGED = RECORD.replace("TRẦN VĂN MẪU CỤ".encode(), "TRẦN VĂN GIẢ MẠO".encode())
assert FORGED != RECORD
SIGNATURE = re.search(rb"<Signature .*</Signature>", DEATHS, re.DOTALL)[0]  # type: ignore[index]


def status(data: bytes) -> tuple[str, str | None]:
    found = verify_signature(data)
    return found.status, found.reason


def with_id(record: bytes, name: str, attribute: bytes = b"Id") -> bytes:
    return record.replace(b'Id="' + ID.encode(), attribute + b'="' + name.encode(), 1)


def test_an_envelope_by_id_is_valid_and_its_facility_is_the_one_thing_left_unsigned() -> None:
    assert status(BY_ID) == ("valid", None)
    assert status(BY_ID.replace(b"<MACSKCB>33999", b"<MACSKCB>33998", 1)) == ("valid", None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(
            DEATHS.replace(RECORD, FORGED + RECORD), "reference", id="a forged record with the same Id before"
        ),
        pytest.param(DEATHS.replace(RECORD, RECORD + FORGED), "reference", id="and behind"),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, ID, b"ID") + RECORD), "reference", id="the same Id as ID"
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, ID, b"xml:id") + RECORD),
            "reference",
            id="the same Id as xml:id",
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, "x") + RECORD), "uncovered", id="a forged record beside"
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, "x") + b"<A>" + RECORD + b"</A>"),
            "reference",
            id="the signed record moved into a wrapper",
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, "x")).replace(
                b"</Signature>", b"<Object>" + RECORD + b"</Object></Signature>"
            ),
            "uncovered",
            id="the signed record moved into the signature",
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, "x")).replace(b"<CHUKYDONVI>", b"<CHUKYDONVI>" + RECORD),
            "reference",
            id="the signed record moved beside the signature",
        ),
        pytest.param(
            DEATHS.replace(RECORD, with_id(FORGED, "x") + b"<THONGTINDONVI>" + RECORD + b"</THONGTINDONVI>"),
            "reference",
            id="the signed record moved into the unsigned place",
        ),
        pytest.param(
            DEATHS.replace(RECORD, RECORD + b"<THONGTINDONVI><A><HOSO/></A></THONGTINDONVI>"),
            "uncovered",
            id="elements inside elements in the unsigned place",
        ),
        pytest.param(DEATHS.replace(RECORD, RECORD + b"<CHUKYDONVI/>"), "uncovered", id="a second place"),
        pytest.param(
            DEATHS.replace(b"</CHUKYDONVI>", b"<HOSO/></CHUKYDONVI>"),
            "uncovered",
            id="a record beside the signature",
        ),
        pytest.param(
            DEATHS.replace(b"</Signature>", b"<Object><HOSO/></Object></Signature>"),
            "uncovered",
            id="an unsigned object in the signature",
        ),
        pytest.param(
            CHECK_INS.replace(b"</Signature>", b"<Object><HOSO/></Object></Signature>"),
            "uncovered",
            id="an unsigned object in an enveloped signature",
        ),
        pytest.param(
            CHECK_INS.replace(b"</KeyInfo>", b"</KeyInfo><HOSO/>"),
            "structure",
            id="a stranger in the signature",
        ),
        pytest.param(
            CHECK_INS.replace(b"<SignatureValue>", b"<?x?><SignatureValue>"),
            "structure",
            id="an instruction in it",
        ),
        pytest.param(
            BY_ID.replace(b"<THONGTINHOSO", b"<THONGTINHOSO><DANHSACHHOSO/></THONGTINHOSO><THONGTINHOSO", 1),
            "uncovered",
            id="a forged list of dossiers before the signed one",
        ),
    ],
)
def test_what_the_signature_does_not_cover_by_its_place_breaks_it(data: bytes, reason: str) -> None:
    assert data not in {DEATHS, CHECK_INS, BY_ID}
    assert status(data) == ("broken", reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(DEATHS.replace(SIGNATURE, SIGNATURE * 2), "several-signatures", id="twice"),
        pytest.param(
            DEATHS.replace(b"</HSDLGBT>", b"<CHUKYDONVI>" + SIGNATURE + b"</CHUKYDONVI></HSDLGBT>"),
            "several-signatures",
            id="in a second place",
        ),
        pytest.param(
            DEATHS.replace(SIGNATURE, b"").replace(b"</GIAYBAOTU>", SIGNATURE + b"</GIAYBAOTU>"),
            "place",
            id="in the record",
        ),
        pytest.param(
            CHECK_INS.replace(b"<CHUKYDONVI>", b"<A><CHUKYDONVI>").replace(
                b"</CHUKYDONVI>", b"</CHUKYDONVI></A>"
            ),
            "place",
            id="deeper",
        ),
        pytest.param(CHECK_INS.replace(b"CHUKYDONVI>", b"CHUKY>"), "place", id="under another name"),
    ],
)
def test_a_signature_in_another_place_or_several_are_not_judged(data: bytes, reason: str) -> None:
    assert status(data) == ("unsupported", reason)


def test_a_whole_reference_repeated_is_broken() -> None:
    reference = re.search(rb"<Reference .*</Reference>", CHECK_INS)
    assert reference is not None
    assert status(CHECK_INS.replace(reference[0], reference[0] * 2)) == ("broken", "reference")


def test_references_beyond_what_the_file_can_need_are_not_computed() -> None:
    reference = re.search(rb"<Reference .*?</Reference>", DEATHS)
    assert reference is not None
    many = b"".join(reference[0].replace(b'URI="#', b'URI="#%d' % number) for number in range(100))
    assert status(DEATHS.replace(reference[0], many)) == ("broken", "reference")
