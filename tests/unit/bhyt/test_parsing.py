"""What the body must be before anybody looks for a resource in it: RFC 8259, RFC 7493 and our limits."""

from decimal import Decimal

import pytest

from bhyt.errors import RecordsError, Unreadable
from bhyt.parsing import MAX_BYTES, MAX_DEPTH, MAX_EXPONENT, MAX_NUMBER_LENGTH, parse
from bhyt.r4.wire import write
from bhyt.validation import problems

REFUSED = {
    "larger than the limit": (b'{"a":"' + b"x" * MAX_BYTES + b'"}', "fhir.too-large"),
    "deeper than the limit": (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "fhir.too-deep"),
    "deeper than Python's stack": (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "fhir.too-deep"),
    "deeper than Python's stack, unfinished": (b"[" * 1_000_000, "fhir.too-deep"),
    "two equal keys": (b'{"id":"a","id":"b"}', "fhir.duplicate-key"),
    "two equal keys deep inside": (b'{"a":[{"b":1,"\\u0062":1}]}', "fhir.duplicate-key"),
    "a byte that is no UTF-8": (b'{"a":"\xff"}', "fhir.invalid-utf8"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "fhir.invalid-utf8"),
    "half a surrogate pair": (b'{"a":"\\ud800"}', "fhir.invalid-utf8"),
    "half a surrogate pair as a key": (b'{"\\udfff":1}', "fhir.invalid-utf8"),
    "NaN": (b'{"a":NaN}', "fhir.number-out-of-range"),
    "Infinity": (b'{"a":[-Infinity]}', "fhir.number-out-of-range"),
    "a long whole number": (b'{"a":' + b"9" * (MAX_NUMBER_LENGTH + 1) + b"}", "fhir.number-out-of-range"),
    "a long decimal": (b'{"a":0.' + b"1" * MAX_NUMBER_LENGTH + b"}", "fhir.number-out-of-range"),
    "a huge exponent": (f'{{"a":1e{MAX_EXPONENT + 1}}}'.encode(), "fhir.number-out-of-range"),
    "an exponent beyond Decimal": (b'{"a":1e99999999999999999999}', "fhir.number-out-of-range"),
    "an array": (b"[]", "fhir.not-an-object"),
    "a text": (b'"Patient"', "fhir.not-an-object"),
    "nothing": (b"", "fhir.malformed-json"),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', "fhir.malformed-json"),
    "a comma too many": (b'{"a":1,}', "fhir.malformed-json"),
    "a line end in a text": (b'{"a":"\n"}', "fhir.malformed-json"),
    "two objects": (b"{}{}", "fhir.malformed-json"),
    "XML": (b"<Patient/>", "fhir.malformed-json"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_bytes_that_hold_no_resource_are_one_fatal_problem(data: bytes, code: str) -> None:
    found = problems(data)
    assert [(each.severity, each.code, each.expression) for each in found] == [("fatal", code, "")]
    with pytest.raises(Unreadable) as refused:
        parse(data)
    assert isinstance(refused.value, RecordsError)
    assert refused.value.code == code


def test_decimals_are_kept_exactly_as_sent() -> None:
    parsed = parse(b'{"a":1.50,"b":-0.0,"c":1E-22,"d":123456789012345678.90,"e":1.000000000000000000E-245}')
    assert list(map(str, parsed.values())) == [
        "1.50",
        "-0.0",
        "1E-22",
        "123456789012345678.90",
        "1.000000000000000000E-245",
    ]
    assert all(type(each) is Decimal for each in parsed.values())


def test_just_below_the_limits_is_taken() -> None:
    assert parse(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}")
    assert parse(b'{"a":' + b"9" * MAX_NUMBER_LENGTH + b"}")["a"] == int("9" * MAX_NUMBER_LENGTH)
    assert parse(f'{{"a":1e{MAX_EXPONENT}}}'.encode())["a"] == Decimal(f"1e{MAX_EXPONENT}")


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert parse(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_an_error_of_the_parser_names_the_place_and_not_the_text() -> None:
    with pytest.raises(Unreadable) as refused:
        parse(b'{"name":\n "secret}')
    assert "line 2" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("number", ["1e60", "1E-45", "-2.50e99", "0.10", "9" * 40])
def test_what_was_read_and_written_can_be_read_again(number: str) -> None:
    once = parse(f'{{"a":{number}}}'.encode())
    assert parse(write(once)) == once
