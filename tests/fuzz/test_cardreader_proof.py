"""A security object with bytes changed is refused or says the same; it never crashes the verifier."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence, check_consistency, identity
from cardreader.proof.passive import verify_passive
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import NOW, certify, listing, security_object
from tests.unit.cardreader.people import DG1, DG13

FILES = {1: DG1, 13: DG13}
AUTHORITY = certify("CSCA")
SOD = security_object(listing(FILES), certify("DS", by=AUTHORITY))
TRUST = TrustStore([parse_certificate(AUTHORITY.der)])


@given(st.integers(0, len(SOD) - 1), st.integers(1, 255))
@example(0, 1)
def test_a_changed_byte_of_the_security_object_never_crashes(position: int, change: int) -> None:
    changed = bytearray(SOD)
    changed[position] ^= change
    verify_passive(Evidence(bytes(changed), FILES), TRUST, at=NOW)


@given(st.integers(0, len(AUTHORITY.der) - 1), st.binary(min_size=1, max_size=4))
def test_only_our_errors_come_out_of_a_certificate(position: int, noise: bytes) -> None:
    der = AUTHORITY.der
    with contextlib.suppress(CardError):
        parse_certificate(der[:position] + noise + der[position + len(noise) :])


@given(st.integers(0, len(DG1) - 1), st.integers(0, len(DG13) - 1), st.integers(1, 255))
def test_only_our_errors_come_out_of_evidence(first: int, second: int, change: int) -> None:
    files = [bytearray(DG1), bytearray(DG13)]
    files[0][first] ^= change
    files[1][second] ^= change
    for groups in ({1: bytes(files[0]), 13: DG13}, {1: DG1, 13: bytes(files[1])}):
        with contextlib.suppress(CardError):
            identity(Evidence(SOD, groups))
        with contextlib.suppress(CardError):
            check_consistency(Evidence(SOD, groups), expected_id="033300000001")
