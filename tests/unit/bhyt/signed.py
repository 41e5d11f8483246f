"""The national samples, signed by an invented hospital."""

from bhyt.national.signature_making import sign_file
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE
from tests.unit.bhyt.signers import SIGNED_AT, hospital

KEY = hospital()
CLAIMS = sign_file(ENVELOPE, KEY, signed_at=SIGNED_AT)
CHECK_INS = sign_file(CHECK_IN, KEY, signed_at=SIGNED_AT)
DEATHS = sign_file(DEATH_NOTICE, KEY, signed_at=SIGNED_AT)


def replaced(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)
