"""The orders by which explicit parameters choose a curve, against the `ecdsa` library's curves."""

import ecdsa
import pytest

from cardreader.proof import signatures

CURVES = {
    "secp192r1": ecdsa.NIST192p,
    "secp224r1": ecdsa.NIST224p,
    "secp256r1": ecdsa.NIST256p,
    "secp384r1": ecdsa.NIST384p,
    "secp521r1": ecdsa.NIST521p,
    "brainpoolp256r1": ecdsa.BRAINPOOLP256r1,
    "brainpoolp384r1": ecdsa.BRAINPOOLP384r1,
    "brainpoolp512r1": ecdsa.BRAINPOOLP512r1,
}


@pytest.mark.parametrize("name", CURVES)
def test_every_order_leads_to_its_curve(name: str) -> None:
    assert signatures._ORDERS[CURVES[name].order] == name
