"""Every byte of a signed file changed, one at a time: then it is not valid, or it says the same as before."""

import pytest

from bhyt.errors import RecordsError
from bhyt.national import read_file
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_file
from bhyt.national.signature_signers import Signer, Signers, judge
from bhyt.records.content import Record
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import SIGNED_AT, TAX_CODE, authority, hospital

ROOT = authority()
KEY = hospital(ROOT)
SIGNERS = Signers((Signer("33999", tax_code=TAX_CODE),), (ROOT.certificate,))


def records(data: bytes) -> tuple[Record, ...] | None:
    """What our reader makes of it, None when it refuses the file, as one that declares another encoding."""
    try:
        return read_file(data).records
    except RecordsError:
        return None


@pytest.mark.parametrize("document", [CHECK_IN, DEATH_NOTICE])
@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_a_changed_byte_breaks_the_signature_or_changes_nothing_that_is_read(
    document: bytes, flip: int
) -> None:
    signed = sign_file(document, KEY, signed_at=SIGNED_AT)
    before, certificate = records(signed), verify_signature(signed).certificate
    still_valid = 0
    for place in range(len(signed)):
        changed = signed[:place] + bytes([signed[place] ^ flip]) + signed[place + 1 :]
        found = verify_signature(changed)
        if judge(found, facility="33999", signers=SIGNERS, on=SIGNED_AT.date()).status == "valid":
            still_valid += 1
            assert found.certificate == certificate
            assert records(changed) in (None, before)
    assert still_valid < 500  # the owner's name beside the certificate, comments, line ends
