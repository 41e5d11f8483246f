"""Signatures of national files: what is verified, and what a change to a signed file does.

That both profiles are the standard's is held with xmlsec1: tests/integration/test_signature_xmlsec.py.
"""

import re
import warnings
from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bhyt.national import read_file
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_file
from bhyt.national.signature_reading import read_signature
from bhyt.national.signature_xml import parse_signed
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.bhyt.signed import CHECK_INS, CLAIMS, DEATHS, KEY, replaced
from tests.unit.bhyt.signers import HOSPITAL, SIGNED_AT, authority, hospital


@pytest.mark.parametrize(
    ("signed", "profile"), [(CLAIMS, "enveloped"), (CHECK_INS, "enveloped"), (DEATHS, "document")]
)
def test_both_profiles_verify_and_name_the_signer(signed: bytes, profile: str) -> None:
    found = verify_signature(signed)
    assert (found.status, found.profile, found.signer) == ("valid", profile, HOSPITAL)
    assert found.certificate == KEY.certificate.public_bytes(Encoding.DER)


def test_the_signing_time_of_the_document_profile_is_read_as_vietnams_time() -> None:
    found = verify_signature(DEATHS)
    assert found.signed_at == SIGNED_AT
    assert b"<SigningTime>2026-09-17T10:30:00</SigningTime>" in DEATHS


@pytest.mark.parametrize("unsigned", [ENVELOPE, CHECK_IN, DEATH_NOTICE, b"", b"no XML", b"{}"])
def test_a_file_without_a_signature_has_none(unsigned: bytes) -> None:
    assert verify_signature(unsigned).status == "none"


def test_the_namespace_of_signatures_without_a_signature_is_none() -> None:
    assert (
        verify_signature(
            replaced(CHECK_IN, "<STT>", '<STT xmlns:ds="http://www.w3.org/2000/09/xmldsig#">')
        ).status
        == "none"
    )


@pytest.mark.parametrize(
    ("signed", "old", "new"),
    [
        pytest.param(CLAIMS, "<MACSKCB>33999", "<MACSKCB>33998", id="the facility"),
        pytest.param(CLAIMS, "<NGAYLAP>20260916", "<NGAYLAP>20260917", id="the date of the file"),
        pytest.param(CLAIMS, "<NOIDUNGFILE>PD94", "<NOIDUNGFILE>PD95", id="an inner file"),
        pytest.param(CLAIMS, "<LOAIHOSO>XML2", "<LOAIHOSO>XML3", id="the kind of an inner file"),
        pytest.param(CLAIMS, "<HOSO>", "<HOSO><FILEHOSO/>", id="one more inner file"),
        pytest.param(CLAIMS, "</HOSO>", "</HOSO><HOSO/>", id="one more dossier"),
        pytest.param(
            CLAIMS, "<GIAMDINHHS ", '<GIAMDINHHS x="1" ', id="an attribute of the outermost element"
        ),
        pytest.param(CLAIMS, "<CHUKYDONVI>", "<CHUKYDONVI><HOSO/>", id="something beside the signature"),
        pytest.param(CLAIMS, "</GIAMDINHHS>", "</GIAMDINHHS><?x?>", id="an instruction behind the file"),
        pytest.param(CHECK_INS, "<STT>1", "<STT>2", id="a value"),
        pytest.param(CHECK_INS, "<STT>1", "<STT><?x?>1", id="an instruction in a value"),
        pytest.param(CHECK_INS, "<MA_LK>", "<MA_LK >x", id="a longer value"),
        pytest.param(DEATHS, "<NGAY_TV>2026", "<NGAY_TV>2025", id="the day of a death"),
        pytest.param(DEATHS, "T10:30:00", "T10:30:01", id="the signing time"),
        pytest.param(DEATHS, "<GIAYBAOTU ", '<GIAYBAOTU x="1" ', id="an attribute of the record"),
    ],
)
def test_what_was_changed_after_signing_is_broken(signed: bytes, old: str, new: str) -> None:
    found = verify_signature(replaced(signed, old, new))
    assert (found.status, found.signer) == ("broken", HOSPITAL)


@pytest.mark.parametrize("element", ["DigestValue", "SignatureValue", "X509Certificate"])
@pytest.mark.parametrize("signed", [CHECK_INS, DEATHS])
def test_a_part_of_the_signature_with_another_character_is_broken(signed: bytes, element: str) -> None:
    def other(match: re.Match[bytes]) -> bytes:
        text = match[2]
        middle = len(text) // 2
        return match[1] + text[:middle] + (b"A" if text[middle:][:1] != b"A" else b"B") + text[middle + 1 :]

    changed = re.sub(rb"(<%b>)([^<]+)" % element.encode(), other, signed, count=1)
    assert changed != signed
    assert verify_signature(changed).status == "broken"


def test_a_signature_of_another_file_is_broken() -> None:
    taken = re.search(rb"<Signature .*</Signature>", CHECK_INS, re.DOTALL)
    assert taken is not None
    other = CHECK_IN.replace(b"SYN-33999-0000001", b"SYN-33999-0000002")
    assert (
        verify_signature(
            other.replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI>" + taken[0] + b"</CHUKYDONVI>")
        ).status
        == "broken"
    )


def test_a_signature_that_was_stripped_is_none() -> None:
    assert (
        verify_signature(re.sub(rb"<Signature .*</Signature>", b"", CHECK_INS, flags=re.DOTALL)).status
        == "none"
    )


def test_anothers_certificate_under_the_same_signature_is_broken() -> None:
    mine = b64encode(KEY.certificate.public_bytes(Encoding.DER)).decode()
    others = b64encode(hospital(number=2).certificate.public_bytes(Encoding.DER)).decode()
    assert verify_signature(replaced(CHECK_INS, mine, others)).status == "broken"


def test_a_comment_changes_neither_the_signature_nor_what_is_read() -> None:
    commented = replaced(CHECK_INS, "<MA_LK>SYN-", "<MA_LK>SY<!-- comment -->N-")
    assert verify_signature(commented).status == "valid"
    assert read_file(commented).records == read_file(CHECK_INS).records


def test_a_character_data_section_changes_neither_the_signature_nor_what_is_read() -> None:
    section = replaced(CHECK_INS, "<MA_LK>SYN-", "<MA_LK><![CDATA[SY]]>N-")
    assert verify_signature(section).status == "valid"
    assert read_file(section).records == read_file(CHECK_INS).records


def test_a_file_that_was_indented_after_signing_is_valid_as_dotnet_programs_write_it() -> None:
    bare = re.sub(rb">\s+<", b"><", CHECK_IN)
    signed = sign_file(bare, KEY, signed_at=SIGNED_AT)
    indented = signed.replace(b"><", b">\r\n  <")
    assert verify_signature(indented).status == "valid"
    assert read_file(indented).records == read_file(bare).records


def test_blanks_inside_a_value_are_not_forgiven() -> None:
    bare = re.sub(rb">\s+<", b"><", CHECK_IN)
    signed = sign_file(bare, KEY, signed_at=SIGNED_AT)
    assert verify_signature(replaced(signed, "SYN-33999", "SYN -33999")).status == "broken"


def test_the_authoritys_certificate_beside_the_signers_does_not_hide_the_signer() -> None:
    issuer = authority()
    key = hospital(issuer)
    signed = sign_file(CHECK_IN, key, signed_at=SIGNED_AT)
    brought = b64encode(issuer.certificate.public_bytes(Encoding.DER)).decode()
    for first in ("<X509Certificate>", "</X509Data>"):  # before the signer's, and after it
        found = verify_signature(
            replaced(signed, first, f"<X509Certificate>{brought}</X509Certificate>" + first)
        )
        assert (found.status, found.signer, len(found.others)) == ("valid", HOSPITAL, 1)


def test_a_name_longer_than_its_standard_foresees_is_read_in_silence_and_shown_in_part() -> None:
    name = "Bệnh viện Đa khoa khu vực " + "Mẫu Thử " * 10
    with warnings.catch_warnings(action="ignore"):
        attribute = x509.NameAttribute(NameOID.ORGANIZATION_NAME, name + "\x1b[2J", _validate=False)
        key = hospital(owner=x509.Name([attribute]))
    found = verify_signature(sign_file(CHECK_IN, key, signed_at=SIGNED_AT))
    assert (found.status, found.signer) == ("valid", (name + " [2J")[:100])


def test_a_declared_encoding_is_not_obeyed() -> None:
    """In UTF-7 a document type looks like text: what the file declares must not choose how it is read."""
    declared = CHECK_INS.replace(b"encoding='utf-8'", b"encoding='utf-7'")
    assert declared != CHECK_INS
    assert verify_signature(declared).status == "valid"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-09-17T03:30:00Z", "2026-09-17T03:30:00+00:00"),
        ("2026-09-17T10:30:00.1234567+07:00", "2026-09-17T10:30:00.123456+07:00"),
        (" 2026-09-17T10:30:00 ", "2026-09-17T10:30:00+07:00"),
        ("17/09/2026 10:30", None),
        ("", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00+07:00", None),
    ],
)
def test_signing_times_are_read_as_programs_write_them(written: str, read: str | None) -> None:
    at = read_signature(parse_signed(replaced(DEATHS, "2026-09-17T10:30:00", written)))
    assert at is not None
    assert (at.signed_at and at.signed_at.isoformat()) == read
