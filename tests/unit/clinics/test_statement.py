"""A desk's statement is a compact JWS: checked here by hand from RFC 7515 and 7518, without joserfc."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import ECKey

from clinics.pairing import load_key, make_key
from clinics.statement import Statement

NOW = datetime(2026, 9, 14, 1, 5, tzinfo=UTC)
AUDIENCE = "https://gateway.example"
STATEMENT = Statement(
    evidence={"security_object": "AA==", "data_groups": {"1": "AQ=="}},
    challenge="0190a0a0-0000-7000-8000-000000000001",
    reader="Đầu đọc 1",
    session="a session",
    legal_basis=None,
    timing={"active_ms": 12.5},
)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> ECKey:
    directory = tmp_path_factory.mktemp("desk")
    make_key(directory)
    return load_key(directory)


def test_a_statement_names_its_kind_and_says_what_was_read_for_whom_and_when(key: ECKey) -> None:
    header, payload, _ = STATEMENT.signed(key, audience=AUDIENCE, now=NOW, identifier="one").split(b".")
    assert json.loads(_decoded(header)) == {"alg": "ES384", "typ": "presence-evidence+jws"}
    assert json.loads(_decoded(payload)) == {
        "jti": "one",
        "aud": AUDIENCE,
        "iat": int(NOW.timestamp()),
        "challenge": STATEMENT.challenge,
        "reader": "Đầu đọc 1",
        "session": "a session",
        "evidence": STATEMENT.evidence,
        "legal_basis": None,
        "timing": {"active_ms": 12.5},
    }


def test_a_statement_is_signed_as_the_standard_says_and_no_byte_of_it_can_be_changed(key: ECKey) -> None:
    public = load_pem_public_key(key.as_pem(private=False))
    assert isinstance(public, EllipticCurvePublicKey)
    signed, _, signature = STATEMENT.signed(key, audience=AUDIENCE, now=NOW, identifier="one").rpartition(
        b"."
    )
    raw = _decoded(signature)
    assert len(raw) == 96  # RFC 7518 §3.4: r and s of 48 bytes each
    der = encode_dss_signature(int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big"))
    public.verify(der, signed, ECDSA(SHA384()))
    for at in range(0, len(signed), 17):
        changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
        with pytest.raises(InvalidSignature):
            public.verify(der, changed, ECDSA(SHA384()))


def _decoded(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
