"""Times and names of certificates and revocation lists that are refused when they are parsed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asn1crypto import core, x509

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.tlv import read_all, read_one, write_tlv
from cardreader.proof.certificates import MAX_NAME_BYTES, parse_certificate
from cardreader.proof.revocation import parse_revocation_list
from tests.unit.cardreader.issuing import certify, revocation_list

SEQUENCE, UTC_TIME, GENERALIZED_TIME = 0x30, 0x17, 0x18
AUTHORITY = certify("CSCA")
CERTIFICATE, LIST = AUTHORITY.der, revocation_list(AUTHORITY)


def with_part(der: bytes, part: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return the certificate or list with one part of what is signed changed; nobody signs it again."""
    (_, signed), *rest = read_all(read_one(der, SEQUENCE))
    parts = [write_tlv(*each) for each in read_all(signed)]
    parts[part] = change(parts[part])
    whole = [write_tlv(SEQUENCE, b"".join(parts)), *(write_tlv(*each) for each in rest)]
    return write_tlv(SEQUENCE, b"".join(whole))


def valid_from(time: bytes) -> bytes:
    return with_part(
        CERTIFICATE,
        4,
        lambda old: write_tlv(SEQUENCE, time + write_tlv(*read_all(read_one(old, SEQUENCE))[1])),
    )


def valid_to(time: bytes) -> bytes:
    return with_part(
        CERTIFICATE,
        4,
        lambda old: write_tlv(SEQUENCE, write_tlv(*read_all(read_one(old, SEQUENCE))[0]) + time),
    )


NO_TIMES = {
    "without a zone": write_tlv(GENERALIZED_TIME, b"20200101000000"),
    "without a zone, two digits": write_tlv(UTC_TIME, b"200101000000"),
    "year 0": write_tlv(GENERALIZED_TIME, b"00000101000000Z"),
    "before 1950": write_tlv(GENERALIZED_TIME, b"19491231235959Z"),
    "after 9999": write_tlv(GENERALIZED_TIME, b"99991231235959-0100"),
    "February 30": write_tlv(GENERALIZED_TIME, b"20200230000000Z"),
}


@pytest.mark.parametrize("time", NO_TIMES.values(), ids=NO_TIMES)
def test_a_time_that_is_none_of_x509_is_malformed(time: bytes) -> None:
    for der in (valid_from(time), valid_to(time)):
        with pytest.raises(MalformedData):
            parse_certificate(der)
    for part in (3, 4):
        with pytest.raises(MalformedData):
            parse_revocation_list(with_part(LIST, part, lambda _: time))


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        (write_tlv(GENERALIZED_TIME, b"99991231235959Z"), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (write_tlv(GENERALIZED_TIME, b"20200101000000+0700"), datetime(2019, 12, 31, 17, tzinfo=UTC)),
        (write_tlv(UTC_TIME, b"500101000000Z"), datetime(1950, 1, 1, tzinfo=UTC)),
    ],
    ids=["no end (RFC 5280 §4.1.2.5)", "another zone, which older certificates have", "the first"],
)
def test_a_time_of_x509_is_taken_in_utc(time: bytes, moment: datetime) -> None:
    assert parse_certificate(valid_to(time)).not_after == moment
    assert parse_revocation_list(with_part(LIST, 3, lambda _: time)).this_update == moment


def test_a_list_need_not_say_when_the_next_one_comes() -> None:
    assert parse_revocation_list(with_part(LIST, 4, lambda _: b"")).next_update is None


def name(letter: str, *, of_bytes: int) -> bytes:
    """Return a common name of so many bytes in all."""
    for count in range(of_bytes // len(letter.encode()) - 32, of_bytes):
        text = core.UTF8String(letter * count)
        part = x509.NameTypeAndValue(
            {"type": "common_name", "value": x509.DirectoryString(name="utf8_string", value=text)}
        )
        one = x509.RDNSequence([x509.RelativeDistinguishedName([part])])
        if len(one.dump()) >= of_bytes:
            return bytes(one.dump())
    raise AssertionError("unreachable")


@pytest.mark.parametrize("part", [3, 5], ids=["issuer", "subject"])
def test_a_long_name_is_refused_before_it_is_normalized(part: int) -> None:
    """U+FDFA is one letter of three bytes, and eighteen letters when normalized (Unicode, NFKC)."""
    with pytest.raises(OversizedData):
        parse_certificate(with_part(CERTIFICATE, part, lambda _: name("\ufdfa", of_bytes=9_000)))
    longest = name("a", of_bytes=MAX_NAME_BYTES)
    assert len(longest) == MAX_NAME_BYTES
    parse_certificate(with_part(CERTIFICATE, part, lambda _: longest))
    with pytest.raises(OversizedData):
        parse_certificate(with_part(CERTIFICATE, part, lambda _: name("a", of_bytes=MAX_NAME_BYTES + 1)))


def test_and_that_of_a_revocation_lists_issuer_too() -> None:
    with pytest.raises(OversizedData):
        parse_revocation_list(with_part(LIST, 2, lambda _: name("a", of_bytes=MAX_NAME_BYTES + 1)))
