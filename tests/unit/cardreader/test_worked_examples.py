"""The worked examples of Doc 9303-11 step by step: every value that they print is made anew and compared.

Where an example gives both sides' private keys, both sides are followed.
"""

import hashlib
from typing import Any

import pytest

from cardreader.access.apdu import read_binary, select_file
from cardreader.access.mapping import CIPHERS, pseudo_random
from cardreader.access.offers import group_of
from cardreader.access.pace import Password, _public_key
from cardreader.lds.mrz import access_info
from cardreader.lds.security_infos import PaceInfo
from cardreader.lds.tlv import read_all, read_one, write_tlv
from cardreader.session.ciphers import (
    AUTHENTICATION,
    ENCRYPTION,
    PASSWORD,
    Suite,
    decrypt_nonce,
    derive_key,
    pad,
    session_suite,
)
from cardreader.session.protection import Protection
from tests.unit.cardreader.test_bac import with_odd_parity
from tests.unit.cardreader.vectors import (
    BAC,
    CARD_ACCESS,
    MORE,
    PACE,
    PACE_CHIP,
    PACE_DH,
    PACE_DH_INTEGRATED,
    PACE_INTEGRATED,
    PROTECTED_3DES,
    VECTORS,
)

Values = dict[str, Any]


def of(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal)


def shown(value: bytes) -> str:
    return value.hex().upper()


def printed(example: Values, made: Values) -> Values:
    """Return what the example prints under the names of what was made."""
    return {name: example[name] for name in made}


def key_pair(secret: bytes) -> tuple[bytes, bytes]:
    return derive_key(secret, ENCRYPTION, 16), derive_key(secret, AUTHENTICATION, 16)


def test_every_value_of_basic_access_control() -> None:
    """Appendices D.2 and D.3; DES keys are printed with parity bits."""
    seed = hashlib.sha1(BAC["mrz_info"].encode()).digest()[:16]
    suite = session_suite(seed, triple_des=True, key_length=16)
    ours = of(BAC["tvRNDifd"]) + of(BAC["tvRNDicc"]) + of(BAC["tvKifd"])
    sent = suite.encrypt(ours, b"")
    theirs = of(BAC["tvRNDicc"]) + of(BAC["tvRNDifd"]) + of(BAC["tvKicc"])
    answered = suite.encrypt(theirs, b"")
    assert suite.decrypt(answered, b"") == theirs
    secret = bytes(a ^ b for a, b in zip(of(BAC["tvKifd"]), of(BAC["tvKicc"]), strict=True))
    made = {
        "mrz_info": access_info(BAC["doc"].rstrip("<"), BAC["dob"], BAC["doe"]),
        "doc": BAC["mrz_info"][:9],
        "tvKeySeed": shown(seed),
        **dict(zip(("tvKenc", "tvKmac"), map(with_odd_parity, key_pair(seed)), strict=True)),
        "tvS": shown(ours),
        "tvEifd": shown(sent),
        "tvMifd": shown(suite.mac(sent)),
        "tvCmdData": shown(sent + suite.mac(sent)),
        "tvR": shown(theirs),
        "tvEicc": shown(answered),
        "tvMicc": shown(suite.mac(answered)),
        "tvRespData": shown(answered + suite.mac(answered)),
        **dict(zip(("tvKSenc", "tvKSmac"), map(with_odd_parity, key_pair(secret)), strict=True)),
        "tvSCC": shown(of(BAC["tvRNDicc"])[4:] + of(BAC["tvRNDifd"])[4:]),
    }
    assert made == printed(BAC, made)


def test_every_value_of_secure_messaging() -> None:
    """Appendix D.4, which goes on where D.3 ends."""
    keys = {"KSenc": BAC["tvKSenc"], "KSmac": BAC["tvKSmac"], "ssc_start": BAC["tvSCC"]}
    assert keys == printed(PROTECTED_3DES, keys)
    secret = bytes(a ^ b for a, b in zip(of(BAC["tvKifd"]), of(BAC["tvKicc"]), strict=True))
    protection = Protection(session_suite(secret, triple_des=True, key_length=16), of(BAC["tvSCC"]))
    commands = (select_file(0x011E), read_binary(0, 4), read_binary(4, 18))
    for command, exchange in zip(commands, PROTECTED_3DES["exchanges"], strict=True):
        protected = protection.protect(command)
        answer = of(exchange["prot_r"])
        data, sw = protection.open(answer[:-2], int.from_bytes(answer[-2:]))
        made = {
            "plain_c": shown(command.encode()),
            "prot_c": shown(protected),
            "plain_r": f"{shown(data)}{sw:04X}",
            "ssc_after": f"{protection._counter:016X}",
        }
        assert made == printed(exchange, made)


def offer_of(example: Values) -> PaceInfo:
    return PaceInfo(of(example["oid"]), 2, example["parameter_id"])


def password_key(example: Values) -> bytes:
    password = (
        Password.from_can(example["can"]) if "can" in example else Password.from_zone(example["mrz_info"])
    )
    return derive_key(password.secret, PASSWORD, 16)


def object_of(message: str, tag: int) -> bytes:
    """Return one object of the answer to a GENERAL AUTHENTICATE."""
    return dict(read_all(read_one(of(message)[:-2], 0x7C)))[tag]


def number(text: str) -> int:
    return int(text, 16)


def tokens(example: Values, suite: Suite, ours: bytes, theirs: bytes) -> list[str]:
    """Return the terminal's token and the chip's."""
    return [shown(suite.token(_public_key(offer_of(example), each))) for each in (theirs, ours)]


def test_every_value_of_pace_with_generic_mapping() -> None:
    """Appendix G.1, both sides."""
    group, offer = group_of(offer_of(PACE)), offer_of(PACE)
    zone = access_info(PACE["doc"], PACE["dob"], PACE["doe"])
    seed = Password.from_zone(zone).secret
    nonce = decrypt_nonce(derive_key(seed, PASSWORD, 16), of(PACE["nonceEncypted"]), triple_des=False)
    terminal, chip = number(PACE["terminalPrivateKey"]), number(PACE["chipPrivateKey"])
    mapped = group.mapped(nonce, terminal, group.public_key(chip))
    assert group.mapped(nonce, chip, group.public_key(terminal)).public_key(1) == mapped.public_key(1)
    private = number(PACE["terminalEphemeralPrivateKey"])
    ours, theirs = mapped.public_key(private), mapped.public_key(number(PACE["chipEphemeralPrivateKey"]))
    secret = mapped.agree(private, theirs)
    encryption, authentication = key_pair(secret)
    suite = session_suite(secret, triple_des=False, key_length=16)
    points = {
        "terminalPublicKey": group.public_key(terminal),
        "chipPublicKey": group.public_key(chip),
        "sharedSecret": group.multiple(terminal, group.public_key(chip)),
        "mappedGenerator": mapped.public_key(1),
        "terminalEphemeralPublicKey": ours,
        "chipEphemeralPublicKey": theirs,
    }
    sent, answered = tokens(PACE, suite, ours, theirs)
    made = {
        "mrz_info": zone,
        "tvKeySeed": shown(seed),
        **dict(zip(("tvKenc", "tvKmac"), map(with_odd_parity, key_pair(seed)), strict=True)),
        "tv_K_pi": shown(password_key(PACE)),
        "nonceDecrypted": shown(nonce),
        **{f"{name}X": shown(point[1:33]) for name, point in points.items()},
        **{f"{name}Y": shown(point[33:]) for name, point in points.items()},
        "ephemeralKeyPairSharedSecret": shown(secret),
        "ksEnc": shown(encryption),
        "ksMac": shown(authentication),
        "inputDataTTerminal": shown(_public_key(offer, theirs)),
        "inputDataTChip": shown(_public_key(offer, ours)),
        "tifd": sent,
        "tic": answered,
        "generalAuthenticateStep1MsgChip": conversed(0x80, PACE["nonceEncypted"]),
        "generalAuthenticateStep2MsgChip": conversed(0x82, shown(points["chipPublicKey"])),
        "generalAuthenticateStep3MsgChip": conversed(0x84, shown(theirs)),
        "generalAuthenticateStep4MsgChip": conversed(0x86, answered),
    }
    assert made == printed(PACE, made)


def conversed(tag: int, value: str) -> str:
    return shown(write_tlv(0x7C, write_tlv(tag, of(value)))) + "9000"


@pytest.mark.parametrize("example", [PACE_INTEGRATED, PACE_DH_INTEGRATED], ids=["H.1", "H.2"])
def test_every_value_of_pace_with_integrated_mapping(example: Values) -> None:
    exchanges, group = example["exchanges"], group_of(offer_of(example))
    nonce = decrypt_nonce(password_key(example), object_of(exchanges[1][1], 0x80), triple_des=False)
    mapped = group.mapped_onto(
        pseudo_random(nonce, of(example["nonce_t"]), cipher=CIPHERS[2], prime=group.prime)
    )
    private = number(example.get("term_eph_priv") or example["terminalEphemeralPrivateKey"])
    ours, theirs = mapped.public_key(private), object_of(exchanges[3][1], 0x84)
    secret = mapped.agree(private, theirs)
    sent, answered = tokens(example, session_suite(secret, triple_des=False, key_length=16), ours, theirs)
    encryption, authentication = key_pair(secret)
    made = {"nonce_s": shown(nonce), "ksEnc": shown(encryption), "ksMac": shown(authentication)}
    if example is PACE_INTEGRATED:
        point = shown(mapped.public_key(1))
        made |= {"mapped_G_x": point[2:66], "term_eph_pub": shown(ours), "T_ifd": sent}
        assert shown(password_key(example)) == MORE["ecdh_im"]["K_pi"]
        assert shown(object_of(exchanges[1][1], 0x80)) == MORE["ecdh_im"]["encrypted_nonce"]
    else:
        made |= {"mappedGenerator": shown(mapped.public_key(1))}
    assert made == printed(example, made)
    assert exchanges[2][1] in ("9000", "7C0282009000")  # the chip has nothing to say here
    assert exchanges[4][1] == conversed(0x86, answered)


def test_every_value_of_pace_with_chip_mapping() -> None:
    """The example of the chip authentication mapping; the chip's private keys are not given."""
    exchanges, group = PACE_CHIP["exchanges"], group_of(offer_of(PACE_CHIP))
    nonce = decrypt_nonce(password_key(PACE_CHIP), of(PACE_CHIP["z"]), triple_des=False)
    terminal, private = number(PACE_CHIP["term_map_priv"]), number(PACE_CHIP["term_eph_priv"])
    mapped = group.mapped(nonce, terminal, of(PACE_CHIP["chip_map_pub"]))
    ours, theirs = mapped.public_key(private), of(PACE_CHIP["chip_eph_pub"])
    secret = mapped.agree(private, theirs)
    suite = session_suite(secret, triple_des=False, key_length=16)
    sent, answered = tokens(PACE_CHIP, suite, ours, theirs)
    hidden = suite.encrypt(pad(of(PACE_CHIP["ca_data"]), 16), b"\xff" * 16)
    encryption, authentication = key_pair(secret)
    made = {
        "z": shown(object_of(exchanges[1][1], 0x80)),
        "nonce_s": shown(nonce),
        "term_map_pub": shown(group.public_key(terminal)),
        "chip_map_pub": shown(object_of(exchanges[2][1], 0x82)),
        "mapped_G": shown(mapped.public_key(1)),
        "term_eph_pub": shown(ours),
        "chip_eph_pub": shown(object_of(exchanges[3][1], 0x84)),
        "ksEnc": shown(encryption),
        "ksMac": shown(authentication),
        "T_ifd": sent,
        "T_ic": answered,
        "encrypted_ca_data": shown(hidden),
    }
    assert made == printed(PACE_CHIP, made)
    factor = number(PACE_CHIP["ca_data"])
    assert group.multiple(factor, of(PACE_CHIP["chip_authentication_key"])) == of(PACE_CHIP["chip_map_pub"])


def test_every_value_of_pace_in_a_field() -> None:
    """Appendix G.2, both sides; the chip's last answer also names a certification authority."""
    exchanges, group, chip = PACE_DH["exchanges"], group_of(offer_of(PACE_DH)), MORE["dh_gm"]
    nonce = decrypt_nonce(password_key(PACE_DH), object_of(exchanges[1][1], 0x80), triple_des=False)
    mapping, private = number(chip["chip_map_private"]), number(chip["chip_ephemeral_private"])
    mapped = group.mapped(nonce, mapping, group.public_key(number(PACE_DH["terminalPrivateKey"])))
    ours = mapped.public_key(number(PACE_DH["terminalEphemeralPrivateKey"]))
    theirs = mapped.public_key(private)
    secret = mapped.agree(private, ours)
    suite = session_suite(secret, triple_des=False, key_length=16)
    answered = tokens(PACE_DH, suite, ours, theirs)[1]
    made = {
        "nonceDecrypted": shown(nonce),
        "mappedGenerator": shown(mapped.public_key(1)),
        "sharedSecretEphemeral": shown(secret),
    }
    assert made == printed(PACE_DH, made)
    assert exchanges[2][1] == conversed(0x82, shown(group.public_key(mapping)))
    assert exchanges[3][1] == conversed(0x84, shown(theirs))
    named = write_tlv(0x86, of(answered)) + write_tlv(0x87, b"DETESTCVCA00003")
    assert exchanges[4][1] == shown(write_tlv(0x7C, named)) + "9000"
    assert {"oid": chip["oid"], "mrz_info": chip["mrz_info"]} == printed(PACE_DH, {"oid": 0, "mrz_info": 0})
    assert MORE["dh_im"]["parameter_id"] == PACE_DH_INTEGRATED["parameter_id"]
    assert chip["exchanges"] == [*exchanges[:4], [exchanges[4][0], conversed(0x86, answered)]]


def test_the_opened_signature_ends_as_its_trailer_and_hash_say() -> None:
    """Appendix F; that a signature of this form passes is shown in test_active_rsa."""
    example = VECTORS["active_auth_F"]
    opened, ending = of(example["F"]), of(example["trailer"])
    size = hashlib.new(example["hash"]).digest_size
    recovered, code = opened[1 : -size - len(ending)], opened[-size - len(ending) : -len(ending)]
    assert opened == b"\x6a" + recovered + code + ending
    assert (hashlib.new(example["hash"], recovered + of(example["rnd_ifd"])).digest() == code) is example[
        "aa_check"
    ]


def test_the_vietnamese_card_offers_what_its_meaning_says() -> None:
    """Terminal and chip authentication of version 1, PACE of version 2, as BSI TR-03110 numbers them."""
    arc = "04007F000702"
    infos = [("0202", 1, None), ("02030202", 1, None), ("02040202", 2, 13)]
    entries = b"".join(
        write_tlv(0x30, write_tlv(0x06, of(arc + oid)) + b"".join(integers(version, parameter)))
        for oid, version, parameter in infos
    )
    assert shown(write_tlv(0x31, entries)) == CARD_ACCESS


def integers(*values: int | None) -> list[bytes]:
    return [write_tlv(0x02, bytes([value])) for value in values if value is not None]
