"""EF.CardSecurity: the key that PACE's chip-authentication mapping proves (Doc 9303-11 §4.4.3.5, §9.2.11).

The file is signed as EF.SOD is, so it is measured against the same pinned authorities.
"""

from datetime import datetime

from cardreader.errors import MalformedData
from cardreader.lds.chip_keys import ChipPublicKey, chip_keys_of
from cardreader.lds.public_keys import CurveKey, parse_public_key
from cardreader.lds.signed_data import parse_signed_data
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.curve_keys import curve_number
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust import TrustStore
from cardreader.session.curves import Domain

SECURITY_INFOS_ID = "0.4.0.127.0.7.3.2.1"


def verify_chip_mapping(
    card_security: bytes | None,
    trust: TrustStore,
    *,
    at: datetime,
    parameter_id: int | None,
    mapping_key: bytes,
    factor: int,
) -> Check:
    """Say whether the chip proved in PACE that it holds the private key of a key in EF.CardSecurity.

    It does if that key taken `factor` times is the chip's `mapping_key`, on the same curve. `at` is
    an aware time at which all certificates must be valid. Never raises for what a card sent.
    """
    if not card_security:
        return Check("failed", Reason.CHIP_UNANSWERED)
    try:
        signed = parse_signed_data(card_security, content_type=SECURITY_INFOS_ID, what="EF.CardSecurity")
        signer = parse_certificate(signed.signer_certificate)
        check_signed_content(signed, signer, sha1=trust.sha1)
        trust.authority_of(signer, at=at)
        keys = chip_keys_of(signed.content).public_keys
    except NotProven as failure:
        return Check("not-done" if failure.reason == Reason.NO_TRUST_LIST else "failed", failure.reason)
    except MalformedData:
        return Check("failed", Reason.CHIP_KEY_REFUSED)
    if any(_leads_to(key, mapping_key, parameter_id=parameter_id, factor=factor) for key in keys):
        return Check("passed")
    return Check("failed", Reason.CHIP_ANSWER_WRONG)


def _leads_to(key: ChipPublicKey, mapping_key: bytes, *, parameter_id: int | None, factor: int) -> bool:
    try:
        public = parse_public_key(key.public_key)
        if not isinstance(public, CurveKey) or curve_number(public) != parameter_id:
            return False
        return Domain(parameter_id).multiple(factor, public.point) == mapping_key
    except MalformedData:
        return False
