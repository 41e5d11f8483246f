"""A security object with bytes changed is refused or says the same; it never crashes the verifier."""

import contextlib
import json

from asn1crypto import algos
from hypothesis import example, given
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.lds.datagroups import DATA_GROUPS, MAX_GROUP_BYTES
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import MAX_ANSWER_BYTES, Evidence, check_consistency, identity
from cardreader.proof.passive import verify_passive
from cardreader.proof.reasons import NotProven
from cardreader.proof.signatures import verify_signature
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import NOW, certify, listing, security_object
from tests.unit.cardreader.people import DG1, DG13
from tests.unit.cardreader.test_signatures import RSA_KEY

FILES = {1: DG1, 13: DG13}
AUTHORITY = certify("CSCA")
SOD = security_object(listing(FILES), certify("DS", by=AUTHORITY))
TRUST = TrustStore([parse_certificate(AUTHORITY.der)])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["AA==", "AAAA", "A"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["security_object", "data_groups", "1", "13", "01", "17"]) | st.text(max_size=9),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
GROUPS = st.dictionaries(st.sampled_from(["1", "13", "16", "17"]), JSON)
EXTRAS = ("card_access", "card_security", "active_signature", "chip_answer")
BODIES = st.fixed_dictionaries(
    {"security_object": JSON, "data_groups": GROUPS}, optional=dict.fromkeys(EXTRAS, JSON)
)


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


@given(st.integers() | st.sampled_from([2**31, 2**64]), st.integers(0, 60), st.binary(max_size=3))
def test_only_our_errors_come_out_of_a_signatures_parameters(salt: int, position: int, noise: bytes) -> None:
    parameters = bytearray(
        algos.SignedDigestAlgorithm(
            {
                "algorithm": "rsassa_pss",
                "parameters": {"hash_algorithm": {"algorithm": "sha256"}, "salt_length": salt},
            }
        ).dump()
    )
    parameters[position : position + len(noise)] = noise
    with contextlib.suppress(CardError, NotProven):
        verify_signature(RSA_KEY, b"message", bytes(256), algorithm=bytes(parameters))


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


@given(
    st.binary(),
    st.dictionaries(st.sampled_from(sorted(DATA_GROUPS)), st.binary()),
    st.dictionaries(st.sampled_from(EXTRAS), st.none() | st.binary()),
)
@example(bytes(MAX_GROUP_BYTES), dict.fromkeys(DATA_GROUPS, bytes(MAX_GROUP_BYTES)), {})
@example(b"", {}, {"active_signature": bytes(MAX_ANSWER_BYTES), "card_security": bytes(MAX_GROUP_BYTES)})
def test_evidence_written_as_json_is_read_back(
    security_object: bytes, files: dict[int, bytes], extras: dict[str, bytes | None]
) -> None:
    evidence = Evidence(security_object, files, **extras)
    assert Evidence.from_json(json.loads(json.dumps(evidence.to_json()))) == evidence


@given(JSON | BODIES)
def test_any_json_is_evidence_within_the_limits_or_an_error_of_ours(body: object) -> None:
    with contextlib.suppress(CardError):
        found = Evidence.from_json(body)
        assert found.data_groups.keys() <= DATA_GROUPS.keys()
