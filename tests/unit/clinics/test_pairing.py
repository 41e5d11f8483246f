"""The desk's key: made once, for this user only, and shown to the insurer as a public JWK."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from clinics.errors import KeyUnusable
from clinics.pairing import KEY_FILE, client_assertion, load_key, make_key, public_jwk

NOW = datetime(2026, 9, 14, 1, 5, tzinfo=UTC)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    assert make_key(tmp_path)
    made = (tmp_path / KEY_FILE).read_bytes()
    assert not make_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == made
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_public_jwk_holds_no_private_part(tmp_path: Path) -> None:
    make_key(tmp_path)
    jwk = public_jwk(load_key(tmp_path))
    assert set(jwk) == {"kty", "crv", "x", "y", "alg", "use", "kid"}
    assert (jwk["kty"], jwk["crv"], jwk["alg"]) == ("EC", "P-384", "ES384")


def test_an_assertion_verifies_with_the_public_jwk_and_lives_under_five_minutes(tmp_path: Path) -> None:
    make_key(tmp_path)
    key = load_key(tmp_path)
    first, second = (
        client_assertion(key, "desk-1", audience="https://gateway.example/auth/token", now=NOW)
        for _ in range(2)
    )
    token = jwt.decode(first, ECKey.import_key(public_jwk(key)), algorithms=["ES384"])
    assert token.header["alg"] == "ES384"
    assert token.claims["iss"] == token.claims["sub"] == "desk-1"
    assert token.claims["aud"] == "https://gateway.example/auth/token"
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 300
    other = jwt.decode(second, ECKey.import_key(public_jwk(key)), algorithms=["ES384"])
    assert token.claims["jti"] != other.claims["jti"]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(KeyUnusable):
        load_key(tmp_path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(KeyUnusable, match="other users"):
        load_key(tmp_path)


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(ECKey.generate_key("P-256", private=True).as_pem(private=True))
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(KeyUnusable):
        load_key(tmp_path)
