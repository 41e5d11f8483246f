"""Check-ins, claims and documents as the portal takes them."""

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from flask import Response

from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalBusy, PortalLocked, PortalRefused, PortalSilent
from tests.integration.upstream.double_served import Double

XML = "<GIAMDINHHS>Nguyễn</GIAMDINHHS>".encode()
AT = datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=7)))


def test_each_door_takes_its_file_to_the_byte(portal: Portal, double: Double) -> None:
    death, birth = b"<HSDLGBT>\xc4\x90</HSDLGBT>", b"<HSDLGCS>\r\n</HSDLGCS>"
    sent = [
        portal.send_check_in(double.account, XML),
        portal.send_claim(double.account, XML),
        portal.send_document(double.account, "60", death),
        portal.send_document(double.account, "61", birth),
    ]
    assert [one["kind"] for one in double.world.received] == ["0", "130", "60", "61"]
    digests = [hashlib.sha256(file).hexdigest() for file in (XML, XML, death, birth)]
    assert [one["sha256"] for one in double.world.received] == digests
    assert [one.transaction for one in sent] == [one["transaction"] for one in double.world.received]
    assert {one.received_at for one in sent} == {AT}


def test_an_empty_document_is_refused_and_a_huge_one_too(portal: Portal, double: Double) -> None:
    for xml, code in ((b"", "205"), (b"x" * 5_000_001, "1001")):
        with pytest.raises(PortalRefused) as refused:
            portal.send_document(double.account, "60", xml)
        assert refused.value.result == code


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ('{"maKetQua": "403"}', PortalLocked),
        ('{"maKetQua": "999"}', PortalSilent),
        ("{}", PortalSilent),
    ],
)
def test_a_claim_is_stopped_or_left_to_a_person_by_its_code(
    portal: Portal, double: Double, answer: str, error: type[Exception]
) -> None:
    double.broken = lambda asked: Response(answer) if asked.endswith("QD3176") else None
    with pytest.raises(error):
        portal.send_claim(double.account, XML)


def test_a_document_at_which_the_portal_fails_may_come_again(portal: Portal, double: Double) -> None:
    double.broken = lambda asked: Response('{"MaKetQua": "500"}') if asked.endswith("DienTu") else None
    with pytest.raises(PortalBusy):
        portal.send_document(double.account, "60", XML)
