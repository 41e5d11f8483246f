"""What is sealed opens with the gateway's secret, in its own place, unaltered; and never else."""

import secrets

import pytest

from gateway.services.sealing import Unsealable, seal, unseal

SECRET, CONTENT = bytes(range(32)), b"an ephemeral key"
PURPOSE, PLACE = b"a chip", b"challenge 1"
SEALED = seal(SECRET, CONTENT, purpose=PURPOSE, place=PLACE, random_bytes=secrets.token_bytes)


def test_it_opens_in_its_place() -> None:
    assert unseal(SECRET, SEALED, purpose=PURPOSE, place=PLACE) == CONTENT
    assert CONTENT not in SEALED


@pytest.mark.parametrize(
    ("secret", "sealed", "place"),
    [
        (bytes(32), SEALED, PLACE),
        (SECRET, SEALED, b"challenge 2"),
        (SECRET, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), PLACE),
        (SECRET, bytes([SEALED[0] ^ 1]) + SEALED[1:], PLACE),
        (SECRET, SEALED[:5], PLACE),
        (SECRET, b"", PLACE),
    ],
    ids=["another secret", "another place", "altered", "another nonce", "cut", "nothing"],
)
def test_it_opens_nowhere_else(secret: bytes, sealed: bytes, place: bytes) -> None:
    with pytest.raises(Unsealable):
        unseal(secret, sealed, purpose=PURPOSE, place=place)


def test_it_opens_for_no_other_purpose() -> None:
    with pytest.raises(Unsealable):
        unseal(SECRET, SEALED, purpose=b"a password", place=PLACE)
