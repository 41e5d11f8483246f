"""Signatures made: nothing but the signature is added to the file, and what cannot be valid is not made."""

import re
from dataclasses import replace

import pytest

from bhyt.errors import AlreadySigned, FileTooLarge, NoRecords, NotSigned, NotXml, SigningRefused, UnknownRoot
from bhyt.national import signature_making
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_document, sign_enveloped, sign_file
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.bhyt.signers import SIGNED_AT, hospital

KEY = hospital()
SIGNATURE = re.compile(rb"<Signature .*</Signature>", re.DOTALL)


@pytest.mark.parametrize("document", [ENVELOPE, CHECK_IN, DEATH_NOTICE])
def test_the_bytes_of_the_file_stay_as_they_were(document: bytes) -> None:
    signed = sign_file(document, KEY, signed_at=SIGNED_AT)
    assert SIGNATURE.sub(b"", signed) == document.replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI></CHUKYDONVI>")


@pytest.mark.parametrize(
    ("place", "unsigned"),
    [
        (b"<CHUKYDONVI></CHUKYDONVI>", b"<CHUKYDONVI></CHUKYDONVI>"),
        (b"<CHUKYDONVI  a='>' />", b"<CHUKYDONVI  a='>' ></CHUKYDONVI>"),
        (b"<CHUKYDONVI>\n</CHUKYDONVI>", b"<CHUKYDONVI>\n</CHUKYDONVI>"),
        (b"", b"<CHUKYDONVI></CHUKYDONVI>"),
    ],
)
@pytest.mark.parametrize(
    "sign", [sign_enveloped, lambda file, key: sign_document(file, key, signed_at=SIGNED_AT)]
)
def test_the_place_of_the_signature_may_be_written_in_any_way_or_be_missing(sign, place, unsigned) -> None:  # type: ignore[no-untyped-def]
    document = re.sub(rb"\s*<CHUKYDONVI/>\s*", place, DEATH_NOTICE)
    signed = sign(document, KEY)
    assert verify_signature(signed).status == "valid"
    assert unsigned in SIGNATURE.sub(b"", signed)


@pytest.mark.parametrize(
    "root",
    [
        b'<HSDLGBT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">',
        b"\xef\xbb\xbf<HSDLGBT>",
        b"<!-- x --><HSDLGBT\r\n>",
    ],
)
def test_namespaces_a_mark_of_byte_order_and_line_ends_are_signed_as_they_stand(root: bytes) -> None:
    document = root + DEATH_NOTICE.split(b"<HSDLGBT>")[1].replace(b"\n", b"\r\n")
    for signed in (sign_enveloped(document, KEY), sign_document(document, KEY, signed_at=SIGNED_AT)):
        assert signed.startswith(root)
        assert verify_signature(signed).status == "valid"


def test_every_record_of_a_document_file_is_signed_and_gets_an_id_where_it_has_none() -> None:
    record = re.search(rb"<GIAYBAOTU .*</GIAYBAOTU>", DEATH_NOTICE, re.DOTALL)
    assert record is not None
    bare = re.sub(rb' Id="[^"]*"', b"", record[0])
    document = DEATH_NOTICE.replace(
        record[0], record[0] + bare + bare.replace(b"<GIAYBAOTU", b"<GIAYBAOTU  a='1'")
    )
    signed = sign_document(document, KEY, signed_at=SIGNED_AT)
    assert verify_signature(signed).status == "valid"
    names = re.findall(rb'<GIAYBAOTU Id="([^"]*)"', signed)
    assert names[0] == b"Id-00000000-0000-4000-8000-000000000060"
    assert len(set(names)) == 3
    assert re.findall(rb'<Reference URI="#([^"]*)"', signed)[1:] == names
    assert re.sub(rb' Id="Id-[^"]*"', b"", SIGNATURE.sub(b"", signed)) == re.sub(
        rb' Id="Id-[^"]*"', b"", document
    ).replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI></CHUKYDONVI>")


@pytest.mark.parametrize(
    "document", [ENVELOPE, CHECK_IN, DEATH_NOTICE, re.sub(rb' Id="[^"]*"', b"", DEATH_NOTICE)]
)
def test_the_same_file_key_and_time_give_the_same_bytes(document: bytes) -> None:
    assert sign_file(document, KEY, signed_at=SIGNED_AT) == sign_file(document, KEY, signed_at=SIGNED_AT)


def test_the_document_profile_has_two_references_without_transforms_and_a_time_in_no_namespace() -> None:
    """The form of vss_api.md section 7 b: Object first, then the record."""
    signed = sign_file(DEATH_NOTICE, KEY, signed_at=SIGNED_AT).decode()
    name = "CHUKYDONVI-Id-00000000-0000-4000-8000-000000000060"
    assert re.findall(r'<Reference URI="([^"]*)"', signed) == [
        f"#Object-{name}",
        f"#{name.removeprefix('CHUKYDONVI-')}",
    ]
    assert "Transform" not in signed
    assert f'<Object Id="Object-{name}"><SignatureProperties xmlns="">' in signed
    assert f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="{name}">' in signed


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (sign_file(CHECK_IN, KEY, signed_at=SIGNED_AT), AlreadySigned),
        (b"<A/>", UnknownRoot),
        (b"<HSDLGBT>", NotXml),
        (b"<!DOCTYPE a><HSDLGBT/>", NotXml),
        (b"<HSDLGBT/>", NotXml),
        (b"<HSDLGBT><CHUKYDONVI/></HSDLGBT>", NoRecords),
        (b'<HSDLGBT><GIAYBAOTU Id="a"/><GIAYBAOTU Id="a"/></HSDLGBT>', NotSigned),
        (b'<HSDLGBT><GIAYBAOTU Id="a"/><CHUKYDONVI/><CHUKYDONVI/></HSDLGBT>', NotSigned),
    ],
)
def test_what_cannot_be_signed_is_refused(document: bytes, refusal: type[SigningRefused]) -> None:
    with pytest.raises(refusal):
        sign_file(document, KEY, signed_at=SIGNED_AT)


def test_a_file_over_the_limit_is_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_making, "MAX_SIGNED_BYTES", len(CHECK_IN) - 1)
    with pytest.raises(FileTooLarge):
        sign_file(CHECK_IN, KEY, signed_at=SIGNED_AT)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (replace(KEY, certificate=hospital(number=2).certificate), "signature-value"),
        (hospital(number=3, bits=1024), "weak-key"),
    ],
)
def test_a_signature_that_would_not_be_valid_is_not_handed_out(key, reason: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotSigned) as caught:
        sign_file(CHECK_IN, key, signed_at=SIGNED_AT)
    assert caught.value.reason == reason
