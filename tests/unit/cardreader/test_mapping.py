"""PACE with chip-authentication mapping: ICAO's worked example, and what a chip without the key gains."""

from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.lds.tlv import read_one, write_tlv
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.evidence import Evidence
from cardreader.proof.mapping import verify_mapping
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.verdict import examine
from tests.unit.cardreader.chip_cards import ACCESS, AUTHORITY, SIGNER, ProvableCard, trusting
from tests.unit.cardreader.chip_side import ECDH_KEY, dg14, key_info, public_der
from tests.unit.cardreader.issuing import NOW, Holder, certify, listing, security_object
from tests.unit.cardreader.people import DG1
from tests.unit.cardreader.vectors import VECTORS

EXAMPLE = VECTORS["pace_cam_ecdh"]
TRUST = trusting(AUTHORITY)
PASSED, WRONG = Check("passed"), Check("failed", Reason.CHIP_ANSWER_WRONG)
# The SecurityInfos of the example's EF.CardSecurity (Doc 9303-11 appendix I): one key, its curve by number.
EXAMPLE_INFOS = bytes.fromhex(
    "31643062060904007F0007020201023052300C060704007F0007010202010D034200"
    + EXAMPLE["chip_authentication_key"]
    + "02010D"
)
CURVE = ec.BrainpoolP256R1()
ORDER = 0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7


@dataclass(frozen=True)
class Mapped:
    """What PACE left behind."""

    mapping_key: bytes
    factor: int
    parameter_id: int | None = 13


GENUINE = Mapped(bytes.fromhex(EXAMPLE["chip_map_pub"]), int(EXAMPLE["ca_data"], 16))


def card_security(
    infos: bytes, signer: Holder = SIGNER, *, content_type: str = "0.4.0.127.0.7.3.2.1"
) -> bytes:
    """Return EF.CardSecurity: the infos as CMS signed data (TR-03110-3 A.1.2.5)."""
    return read_one(security_object(infos, signer, content_type=content_type), 0x77)


def evidence(file: bytes | None = None, *, signer: Holder = SIGNER) -> Evidence:
    """Return a card's evidence with EF.CardSecurity, or with the example's key in DG14 when there is none."""
    files = {1: DG1, 14: write_tlv(0x6E, EXAMPLE_INFOS)}
    return Evidence(security_object(listing(files), signer), files, card_security=file)


def judged(mapping: Mapped, given: Evidence | None = None) -> Check:
    root = parse_certificate(AUTHORITY.der)
    return verify_mapping(given or evidence(card_security(EXAMPLE_INFOS)), mapping, TRUST, at=NOW, root=root)


def test_icaos_worked_example_passes_with_the_key_in_card_security_or_in_dg14() -> None:
    assert judged(GENUINE) == PASSED
    assert judged(GENUINE, evidence()) == PASSED


@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param(replace(GENUINE, factor=GENUINE.factor + 1), id="another factor"),
        pytest.param(replace(GENUINE, factor=ORDER - GENUINE.factor), id="the negative"),
        pytest.param(replace(GENUINE, factor=0), id="zero"),
        pytest.param(replace(GENUINE, factor=ORDER), id="the order"),
        pytest.param(replace(GENUINE, factor=1), id="one"),
        pytest.param(replace(GENUINE, mapping_key=b"\x00"), id="infinity"),
        pytest.param(replace(GENUINE, mapping_key=b"", factor=0), id="nothing"),
        pytest.param(
            replace(GENUINE, mapping_key=bytes.fromhex(EXAMPLE["term_map_pub"])), id="the terminal's own key"
        ),
    ],
)
def test_a_chip_without_the_key_does_not_pass(mapping: Mapped) -> None:
    assert judged(mapping) == WRONG


def test_a_mapping_over_any_of_several_keys_on_its_curve_passes() -> None:
    infos = [key_info(ECDH_KEY, public_der(ec.generate_private_key(CURVE)), 1), EXAMPLE_INFOS[2:]]
    assert judged(GENUINE, evidence(card_security(write_tlv(0x31, b"".join(infos))))) == PASSED


def infos_with(key: ec.EllipticCurvePrivateKey) -> bytes:
    return write_tlv(0x31, key_info(ECDH_KEY, public_der(key)))


FORGER = Holder(certify("Forger").key, SIGNER.certificate)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(evidence(card_security(EXAMPLE_INFOS, FORGER)), Reason.SIGNATURE_INVALID, id="forged"),
        pytest.param(
            evidence(card_security(EXAMPLE_INFOS, certify("DS", by=certify("Another CSCA")))),
            Reason.AUTHORITY_UNKNOWN,
            id="another authority",
        ),
        pytest.param(evidence(b""), Reason.CHIP_KEY_REFUSED, id="an empty file"),
        pytest.param(
            evidence(card_security(EXAMPLE_INFOS, content_type="2.23.136.1.1.1")),
            Reason.CHIP_KEY_REFUSED,
            id="signed for another purpose",
        ),
        pytest.param(evidence(card_security(b"\x31\x00")), Reason.CHIP_KEY_REFUSED, id="no key in it"),
        pytest.param(
            evidence(card_security(infos_with(ec.generate_private_key(ec.SECP256R1())))),
            Reason.CHIP_KEY_REFUSED,
            id="a key on another curve",
        ),
        pytest.param(evidence().without(14), Reason.CHIP_KEY_REFUSED, id="no file with a key"),
    ],
)
def test_a_key_that_the_issuer_did_not_sign_proves_nothing(given: Evidence, reason: Reason) -> None:
    assert judged(GENUINE, given) == Check("failed", reason)


NOT_DONE = Check("not-done", Reason.CHIP_NOT_DONE)
ELSEWHERE = certify("Another state's CSCA", country="LA")
STATELESS, OF_NO_STATE = certify("A CSCA of no state", country=""), certify("Another", country="")
EVERY = trusting(AUTHORITY, ELSEWHERE, STATELESS, OF_NO_STATE)
PACE = ACCESS[2:]  # the entries of EF.CardAccess
WITH_PACE = write_tlv(0x31, PACE + EXAMPLE_INFOS[2:])
OTHER_KEY = key_info(ECDH_KEY, public_der(ec.generate_private_key(CURVE)))
ELSEWHERES_KEY = key_info(ECDH_KEY, public_der(ec.generate_private_key(ec.SECP384R1())))


def signed_by(
    authority: Holder, keys: bytes | None, *, security: bytes = WITH_PACE, of: Holder = AUTHORITY
) -> Check:
    """Return what a mapping over EF.CardSecurity under this authority says of a holder's DG14 under `of`."""
    file = card_security(security, certify("DS", by=authority))
    groups = {1: DG1} if keys is None else {1: DG1, 14: dg14(keys)}
    given = Evidence(b"", groups, card_security=file)
    return verify_mapping(given, GENUINE, EVERY, at=NOW, root=parse_certificate(of.der))


@pytest.mark.parametrize("keys", [PACE, PACE + ELSEWHERES_KEY], ids=["no key", "a key on another curve"])
def test_where_dg14_has_no_key_on_the_curve_the_states_own_card_security_proves_the_chip(keys: bytes) -> None:
    assert signed_by(AUTHORITY, keys) == PASSED
    assert signed_by(STATELESS, keys, of=STATELESS) == PASSED


@pytest.mark.parametrize(
    ("authority", "of", "keys", "security"),
    [
        pytest.param(AUTHORITY, AUTHORITY, None, WITH_PACE, id="DG14 was not read"),
        pytest.param(AUTHORITY, AUTHORITY, PACE + OTHER_KEY, WITH_PACE, id="DG14 has another key"),
        pytest.param(AUTHORITY, AUTHORITY, PACE, EXAMPLE_INFOS, id="without the PACE entries of DG14"),
        pytest.param(ELSEWHERE, AUTHORITY, PACE, WITH_PACE, id="another state"),
        pytest.param(STATELESS, AUTHORITY, PACE, WITH_PACE, id="no state"),
        pytest.param(STATELESS, OF_NO_STATE, PACE, WITH_PACE, id="two of no state"),
    ],
)
def test_a_card_security_that_may_be_another_cards_proves_nothing(
    authority: Holder, of: Holder, keys: bytes | None, security: bytes
) -> None:
    assert signed_by(authority, keys, security=security, of=of) == NOT_DONE


def test_the_mapping_alone_proves_a_chip_whose_data_are_genuine() -> None:
    given = evidence(card_security(EXAMPLE_INFOS))
    assert examine(given, TRUST, at=NOW, mapping=GENUINE).level == "chip-proven"
    wrong = examine(given, TRUST, at=NOW, mapping=replace(GENUINE, factor=1))
    assert (wrong.chip, wrong.level) == (WRONG, None)
    forged = evidence(card_security(EXAMPLE_INFOS), signer=certify("DS", by=certify("Another CSCA")))
    verdict = examine(forged, TRUST, at=NOW, mapping=GENUINE)
    assert (verdict.chip, verdict.level) == (Check("not-done", Reason.KEY_NOT_VOUCHED), None)


def test_a_mapping_does_not_make_up_for_a_wrong_answer() -> None:
    card = ProvableCard()
    examination = card.examine()
    given = replace(card.evidence(), card_security=card_security(EXAMPLE_INFOS), chip_answer=b"\x69\x82")
    verdict = examine(given, TRUST, at=NOW, mapping=GENUINE, examination=examination)
    assert (verdict.chip, verdict.level) == (WRONG, None)
