"""Every cap on what is parsed: what reaches it is read, one more is refused as too large, and at once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import pytest
from asn1crypto import x509 as x509_asn1
from cryptography import x509

from cardreader.commands import verify
from cardreader.errors import CardError, OversizedData, QrInvalid
from cardreader.lds.chip_keys import parse_chip_keys
from cardreader.lds.datagroups import MAX_GROUP_BYTES
from cardreader.lds.dg13 import MAX_FIELDS, parse_dg13
from cardreader.lds.face import MAX_TEMPLATES, parse_face
from cardreader.lds.master_list import MAX_MASTER_LIST_CERTIFICATES, parse_master_list
from cardreader.lds.security_infos import MAX_INFOS, parse_pace_infos
from cardreader.lds.security_object import parse_security_object
from cardreader.lds.signed_data import MAX_CERTIFICATES
from cardreader.lds.tlv import MAX_DEPTH, MAX_NODES, MAX_OID_BYTES, check_structure, read_all, write_tlv
from cardreader.proof.certificates import MAX_CERTIFICATE_BYTES, parse_certificate
from cardreader.proof.evidence import MAX_ANSWER_BYTES, Evidence
from cardreader.qr import MAX_QR_CHARACTERS, parse_qr
from tests.unit.cardreader.faces import dg2, face, group, record, template
from tests.unit.cardreader.issuing import certify, listing, security_object, signed_message
from tests.unit.cardreader.people import DG1, dg13

AUTHORITY = certify("CSCA")
SIGNER = certify("DS", by=AUTHORITY)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"")
PADDED = certify("CSCA", extensions=((UNKNOWN, False),))
SOD = security_object(listing({1: DG1}), SIGNER)
INFO = write_tlv(0x30, bytes.fromhex("060A04007F00070202040204") + bytes.fromhex("020102" + "02010D"))


@dataclass(frozen=True)
class Cap:
    """`made` returns an input with this many of what `limit` counts."""

    limit: int
    made: Callable[[int], bytes]
    read: Callable[[bytes], object]


def nested(depth: int) -> bytes:
    data = b"\x05\x00"
    for _ in range(depth - 1):
        data = write_tlv(0x30, data)
    return data


def with_certificates(count: int) -> bytes:
    return security_object(listing({1: DG1}), SIGNER, beside=(AUTHORITY,) * (count - 1))


def listed(count: int) -> bytes:
    content = write_tlv(0x30, b"\x02\x01\x00" + write_tlv(0x31, b"\x30\x00" * count))
    return signed_message(content, SIGNER, content_type="2.23.136.1.1.2")


def certificate_of(size: int) -> bytes:
    """Return a certificate of this many bytes, most of them in an extension that nobody knows."""
    parsed = x509_asn1.Certificate.load(PADDED.der)
    padding = 0
    while (missing := size - len(parsed.dump(force=True))) != 0:
        padding += missing
        parsed["tbs_certificate"]["extensions"][-1]["extn_value"] = bytes(padding)
    return bytes(parsed.dump())


def image_of(size: int) -> bytes:
    """Return DG2 of this many bytes."""
    return dg2(b"\xff\xd8\xff".ljust(2 * size - len(dg2(bytes(size))), b"\x00"))


def evidence_file(size: int) -> bytes:
    return json.dumps({"security_object": "", "data_groups": {}}).encode().ljust(size)


def evidence_of(member: str, count: int) -> bytes:
    return json.dumps(Evidence(b"", {}, **{member: bytes(count)}).to_json()).encode()


def read_evidence(data: bytes) -> object:
    return Evidence.from_json(json.loads(data))


def code(characters: int) -> bytes:
    return b"033300000001||A B|12041995|Nam|X|10052021|".ljust(characters, b"x")


CAPS = {
    "levels": Cap(MAX_DEPTH, nested, check_structure),
    "objects": Cap(MAX_NODES, lambda count: b"\x05\x00" * count, check_structure),
    "objects side by side": Cap(MAX_NODES, lambda count: b"\x05\x00" * count, read_all),
    "bytes of an object identifier": Cap(
        MAX_OID_BYTES, lambda count: write_tlv(0x06, b"\x2a" * count), check_structure
    ),
    "entries of EF.CardAccess": Cap(MAX_INFOS, lambda count: write_tlv(0x31, INFO * count), parse_pace_infos),
    "entries of DG14": Cap(
        MAX_INFOS, lambda count: write_tlv(0x6E, write_tlv(0x31, INFO * count)), parse_chip_keys
    ),
    "fields of DG13": Cap(
        MAX_FIELDS, lambda count: dg13(**{f"n{number}": "x" for number in range(1, count + 1)}), parse_dg13
    ),
    "templates of DG2": Cap(
        MAX_TEMPLATES, lambda count: group(*[template(record(face()))] * count), parse_face
    ),
    "bytes of DG2": Cap(MAX_GROUP_BYTES, image_of, parse_face),
    "certificates of EF.SOD": Cap(MAX_CERTIFICATES, with_certificates, parse_security_object),
    "certificates of a master list": Cap(MAX_MASTER_LIST_CERTIFICATES, listed, parse_master_list),
    "bytes of a certificate": Cap(MAX_CERTIFICATE_BYTES, certificate_of, parse_certificate),
    "bytes of a signature in evidence": Cap(
        MAX_ANSWER_BYTES, partial(evidence_of, "active_signature"), read_evidence
    ),
    "bytes of an answer in evidence": Cap(
        MAX_ANSWER_BYTES, partial(evidence_of, "chip_answer"), read_evidence
    ),
    "bytes of a file in evidence": Cap(MAX_GROUP_BYTES, partial(evidence_of, "card_access"), read_evidence),
}


@pytest.mark.parametrize("name", CAPS)
def test_what_reaches_the_cap_is_read_and_one_more_is_too_large(name: str) -> None:
    cap = CAPS[name]
    cap.read(cap.made(cap.limit))
    with pytest.raises(OversizedData):
        cap.read(cap.made(cap.limit + 1))


def test_a_security_object_is_too_large_by_its_bytes_alone() -> None:
    with pytest.raises(OversizedData):
        parse_security_object(SOD + bytes(MAX_GROUP_BYTES + 1 - len(SOD)))
    with pytest.raises(CardError) as caught:
        parse_security_object(SOD + bytes(MAX_GROUP_BYTES - len(SOD)))
    assert not isinstance(caught.value, OversizedData)


def test_a_code_is_read_up_to_its_cap() -> None:
    assert parse_qr(code(MAX_QR_CHARACTERS).decode()).id_number == "033300000001"
    with pytest.raises(QrInvalid, match="longer"):
        parse_qr(code(MAX_QR_CHARACTERS + 1).decode())


def test_evidence_as_a_file_is_read_up_to_its_cap() -> None:
    assert verify._read(BytesIO(evidence_file(verify.MAX_EVIDENCE_BYTES)))[0] == Evidence(b"", {})
    with pytest.raises(CardError) as caught:
        verify._read(BytesIO(evidence_file(verify.MAX_EVIDENCE_BYTES + 1)))
    assert (caught.value.code, str(caught.value)) == ("evidence.unreadable", "the file is too large")
