"""Active authentication on curves: which signatures pass; `cryptography` and `ecdsa` sign."""

import hashlib

import ecdsa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from cardreader.lds.tlv import write_tlv
from cardreader.proof.active import verify_active
from cardreader.proof.reasons import Check, Reason
from tests.unit.cardreader.chip_side import active_info, der_number, dg14, dg15, plain, public_der

NONCE = bytes.fromhex("0123456789ABCDEF")
KEY = ec.generate_private_key(ec.SECP256R1())
FILE = dg15(public_der(KEY))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PASSED, WRONG = Check("passed"), Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)
REFUSED = Check("failed", Reason.ACTIVE_KEY_REFUSED)

HASHES = ["sha1", "sha224", "sha256", "sha384", "sha512"]
STATED = {
    "plain": dict(zip(HASHES, [f"04007F0007010104010{n}" for n in range(1, 6)], strict=True)),
    "X9.62": dict(
        zip(HASHES, ["2A8648CE3D0401", *(f"2A8648CE3D04030{n}" for n in range(1, 5))], strict=True)
    ),
}


def signed(message: bytes = NONCE, hashing: hashes.HashAlgorithm | None = None) -> bytes:
    return KEY.sign(message, ec.ECDSA(hashing or hashes.SHA256()))


@pytest.mark.parametrize(
    "curve", [ecdsa.NIST192p, ecdsa.BRAINPOOLP320r1, ecdsa.NIST521p], ids=lambda curve: curve.name
)
@pytest.mark.parametrize("encoding", ["named_curve", "explicit"])
def test_a_curve_passes_with_every_hash_plain_and_in_der(curve: ecdsa.curves.Curve, encoding: str) -> None:
    key = ecdsa.SigningKey.generate(curve)
    file = dg15(key.verifying_key.to_der(curve_parameters_encoding=encoding))
    for name in HASHES:
        digest = hashlib.new(name, NONCE).digest()
        halves = key.sign_digest(digest, allow_truncate=True)
        der = key.sign_digest(digest, sigencode=ecdsa.util.sigencode_der, allow_truncate=True)
        assert [verify_active(file, NONCE, signature) for signature in (halves, der)] == [PASSED, PASSED]
        assert verify_active(file, bytes(8), halves) == WRONG


@pytest.mark.parametrize("family", ["plain", "X9.62"])
@pytest.mark.parametrize("name", HASHES)
def test_a_hash_that_dg14_states_is_the_only_one_tried(family: str, name: str) -> None:
    stated = dg14(active_info(STATED[family][name]))
    for other, hashing in zip(
        HASHES,
        (hashes.SHA1(), hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()),
        strict=True,
    ):
        check = verify_active(FILE, NONCE, signed(hashing=hashing), dg14=stated)
        assert check == (PASSED if other == name else WRONG)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(dg14(active_info("04007F000701010401" + "06")), id="RIPEMD-160"),
        pytest.param(dg14(active_info("2A8648CE3D0402")), id="ECDSA without a hash"),
        pytest.param(
            dg14(*(active_info(STATED["plain"][name]) for name in ("sha1", "sha256"))), id="two statements"
        ),
        pytest.param(dg14()[:-1], id="broken"),
    ],
)
def test_a_statement_that_cannot_be_followed_is_said_to_be_the_reason(file: bytes) -> None:
    assert verify_active(FILE, NONCE, signed(), dg14=file) == REFUSED


def test_a_dg14_that_states_nothing_leaves_the_choice_open() -> None:
    assert verify_active(FILE, NONCE, signed(), dg14=dg14()) == PASSED


def halves(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def numbers() -> tuple[int, int]:
    return decode_dss_signature(signed())


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(signed(NONCE + b"\x00"), id="another message"),
        pytest.param(signed() + b"\x00", id="a byte after DER"),
        pytest.param(b"\x30\x81" + signed()[1:], id="a length that is not the shortest"),
        pytest.param(plain(signed(), 33), id="halves too long"),
        pytest.param(plain(signed(), 32)[:-1], id="a byte short"),
        pytest.param(b"\x04" + plain(signed(), 32), id="an octet in front"),
        pytest.param(halves(0, numbers()[1]), id="r is 0"),
        pytest.param(halves(numbers()[0], 0), id="s is 0"),
        pytest.param(halves(0, 0), id="both are 0"),
        pytest.param(halves(ORDER, ORDER), id="both are the order"),
        pytest.param(
            write_tlv(0x30, der_number(numbers()[0]) + der_number(-numbers()[1])), id="a negative number"
        ),
        pytest.param(encode_dss_signature(numbers()[0], numbers()[1] + ORDER), id="s beyond the order"),
        pytest.param(write_tlv(0x30, b"\x02\x01\x01"), id="one number"),
        pytest.param(bytes(128), id="as long as RSA"),
    ],
)
def test_any_other_signature_is_wrong(signature: bytes) -> None:
    assert verify_active(FILE, NONCE, signature) == WRONG


def test_a_signature_of_another_key_is_wrong() -> None:
    other = dg15(public_der(ec.generate_private_key(ec.SECP256R1())))
    assert verify_active(other, NONCE, signed()) == WRONG


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(b"\x00", id="infinity"),
        pytest.param(b"\x04" + bytes(64), id="not on the curve"),
        pytest.param(b"\x04" + b"\xff" * 64, id="not in the field"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_key_that_is_no_point_is_refused(point: bytes) -> None:
    genuine = public_der(KEY)
    algorithm = genuine[2 : 2 + 2 + genuine[3]]
    broken = write_tlv(0x30, algorithm + write_tlv(0x03, b"\x00" + point))
    assert verify_active(dg15(broken), NONCE, signed()) == REFUSED


def test_a_curve_written_out_with_a_generator_of_its_own_is_refused() -> None:
    """CVE-2020-0601: with a generator of one's own, any point has a known private key."""
    key = ecdsa.SigningKey.generate(ecdsa.NIST256p)
    spelled = key.verifying_key.to_der(curve_parameters_encoding="explicit")
    generator = ecdsa.NIST256p.generator.to_bytes("uncompressed")
    doubled = (ecdsa.NIST256p.generator * 2).to_bytes("uncompressed")
    assert generator in spelled
    assert verify_active(dg15(spelled.replace(generator, doubled)), NONCE, key.sign(NONCE)) == REFUSED
