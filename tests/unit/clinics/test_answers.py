"""What an answer of the gateway means, status by status."""

from decimal import Decimal

import pytest

from bhyt.r4 import wire
from clinics.answers import (
    Receipt,
    read_object,
    read_receipt,
    read_resource,
    refusal,
)
from clinics.errors import GatewayNonsense

HTML = b"<html>Sign in to the hotel network</html>"


@pytest.mark.parametrize(
    ("status", "name", "retry"),
    [
        (400, "RecordRefused", False),
        (401, "DeskRefused", False),
        (403, "DeskForbidden", False),
        (404, "GatewayNonsense", True),
        (408, "GatewayFailed", True),
        (409, "RecordConflict", False),
        (413, "RecordRefused", False),
        (422, "RecordRefused", False),
        (429, "GatewayBusy", True),
        (302, "GatewayNonsense", True),
        (500, "GatewayFailed", True),
        (503, "GatewayFailed", True),
    ],
)
def test_every_status_has_its_meaning_even_with_a_page_for_a_body(
    status: int, name: str, retry: bool
) -> None:
    error = refusal(status, {}, HTML)
    assert (type(error).__name__, error.retry, error.code) == (name, retry, type(error).code)


@pytest.mark.parametrize(
    "body",
    [
        b'{"code": "desk.clerk-invalid", "title": "x"}',
        b'{"resourceType": "OperationOutcome", "issue": [{"details": {"coding": ['
        b'{"code": "not-ours"}, {"code": "desk.clerk-invalid"}]}}]}',
    ],
    ids=["problem-document", "operation-outcome"],
)
def test_the_gateways_own_code_is_kept_when_we_know_it(body: bytes) -> None:
    assert refusal(422, {}, body).code == "desk.clerk-invalid"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("gateway.unavailable", "gateway.unavailable"),
        ("gateway.desk-refused", "gateway.failed"),
        ("record.conflict", "gateway.failed"),
        ("no.such-code", "gateway.failed"),
    ],
)
def test_of_a_gateway_in_trouble_only_a_code_that_passes_is_handed_on(said: str, told: str) -> None:
    error = refusal(503, {"retry-after": "5"}, f'{{"code": "{said}"}}'.encode())
    assert (type(error).__name__, error.retry, error.code) == ("GatewayFailed", True, told)
    assert error.retry_after == 5


def test_a_code_that_nobody_could_look_up_is_not_kept() -> None:
    assert refusal(422, {}, b'{"code": "no.such-code"}').code == "gateway.record-refused"


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", None), ("٣", None)]
)
def test_retry_after_is_taken_in_seconds_up_to_an_hour(header: str, seconds: float | None) -> None:
    assert refusal(429, {"retry-after": header}, b"").retry_after == seconds


def test_a_receipt_is_the_location_header() -> None:
    headers = {"location": "https://gateway.example/fhir/Encounter/0192/_history/1"}
    assert read_receipt(200, headers, b"") == Receipt("Encounter/0192/_history/1", new=False)


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        b"[]",
        b'{"resourceType": "Encounter"}',
        b'{"resourceType": "Encounter", "id": "../1"}',
        b'{"id": "0192"}',
        b"[" * 100_000,
    ],
    ids=["page", "list", "no-id", "no-place", "no-type", "deep"],
)
def test_what_is_no_receipt_is_not_taken_for_one(answer: bytes) -> None:
    with pytest.raises(GatewayNonsense):
        read_receipt(201, {}, answer)


def test_another_resource_is_not_taken_for_the_one_asked_for() -> None:
    with pytest.raises(GatewayNonsense):
        read_resource(b'{"resourceType": "OperationOutcome"}', "CoverageEligibilityResponse")


def test_decimals_pass_through_with_the_digits_they_have() -> None:
    body = b'{"rate":80.00,"money":123456789012345678.10,"days":3}'
    assert read_object(body)["rate"] == Decimal("80.00")
    assert wire.write(read_object(body)) == body
