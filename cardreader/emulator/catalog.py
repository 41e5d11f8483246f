"""The habits by name: one row for each way in which a card may differ from the usual one."""

from dataclasses import fields, replace

from cardreader.emulator.habits import Habits
from cardreader.emulator.offers import ChipOffer, Digest, EcdsaOffer, PaceOffer, RsaOffer
from cardreader.emulator.signing import SigningChoice
from cardreader.emulator.suites import CipherKind

_CURVE_NAMES = {
    8: "p192",
    9: "bp192",
    10: "p224",
    11: "bp224",
    12: "p256",
    13: "bp256",
    14: "bp320",
    15: "p384",
    16: "bp384",
    17: "bp512",
    18: "p521",
}
_GROUP_NAMES = {0: "dh1024", 1: "dh2048-224", 2: "dh2048-256"}
_CIPHER_NAMES = {
    CipherKind.TRIPLE_DES: "3des",
    CipherKind.AES_128: "aes128",
    CipherKind.AES_192: "aes192",
    CipherKind.AES_256: "aes256",
}
_DIGESTS: tuple[Digest, ...] = ("sha1", "sha224", "sha256", "sha384", "sha512")

# Curves of active authentication: the domain's number, a name, the hash.
_ACTIVE_CURVES: tuple[tuple[int, str, Digest], ...] = (
    (10, "p224", "sha224"),
    (12, "p256", "sha256"),
    (13, "bp256-sha1", "sha1"),
    (15, "p384", "sha384"),
    (17, "bp512", "sha512"),
    (18, "p521", "sha512"),
)

_WIRE = {
    "short-only": Habits(extended_length=False),
    "short-in-session": Habits(extended_in_session="refused"),
    "short-or-session-ends": Habits(extended_in_session="ends it"),
    "short-answers": Habits(longest_answer=100),
    "warns-at-end": Habits(warns_at_end=True),
    "exact-length": Habits(exact_length_only=True),
    "exact-length-short": Habits(exact_length_only=True, extended_length=False),
    "get-response": Habits(answer_piece=256, answer_withheld=True, extended_length=False),
    "get-response-pieces": Habits(answer_piece=120),
    "no-short-identifiers": Habits(short_identifiers=False),
    "master-file": Habits(select_mf=True),
    "select-informs": Habits(select_informs=True),
}
_ACCESS = {
    "no-pace": Habits(pace=False),
    "no-bac": Habits(bac=False),
    "pace-several": Habits(
        pace_offers=(PaceOffer(cipher=CipherKind.TRIPLE_DES), PaceOffer("IM"), PaceOffer(parameter_id=12))
    ),
    "pace-cam-and-gm": Habits(pace_offers=(PaceOffer("CAM"), PaceOffer())),
    **{
        f"pace-gm-{name}": Habits(pace_offers=(PaceOffer(parameter_id=number),))
        for number, name in (_CURVE_NAMES | _GROUP_NAMES).items()
    },
    **{
        f"pace-{mapping.lower()}-{name}": Habits(pace_offers=(PaceOffer(mapping, cipher),))
        for mapping in ("GM", "IM", "CAM")
        for cipher, name in _CIPHER_NAMES.items()
        if (mapping, cipher) != ("CAM", CipherKind.TRIPLE_DES)
    },
    **{
        f"pace-im-{name}": Habits(pace_offers=(PaceOffer("IM", parameter_id=number),))
        for number, name in (_CURVE_NAMES | _GROUP_NAMES).items()
        if name != "p224"  # its prime is 1 modulo 4: there is no encoding
    },
}
_DATA = {
    "no-dg13": Habits(has_dg13=False),
    "dg13-unreadable": Habits(unreadable=(13,)),
    "parents-together": Habits(parents_together=True),
    "jpeg": Habits(portrait="JPEG"),
    "lds-v0": Habits(lds_version_in_sod=False),
    "unlisted-dg1": Habits(unlisted=(1,)),
    "unlisted-dg13": Habits(unlisted=(13,)),
    "unlisted-dg14": Habits(unlisted=(14,)),
    "unlisted-dg15": Habits(unlisted=(15,)),
    "dg14-differs": Habits(dg14_repeats=False),
}
_ACTIVE = {
    "no-chip-keys": Habits(has_chip_keys=False),
    "no-dg14": Habits(has_dg14=False),
    "no-dg15": Habits(active=None),
    "no-chip-authentication": Habits(chip=None),
    "aa-ecdsa-der": Habits(active=EcdsaOffer(der=True)),
    "aa-ecdsa-explicit": Habits(active=EcdsaOffer(explicit=True)),
    "aa-ecdsa-unannounced": Habits(active=EcdsaOffer(announced=False)),
    "aa-ecdsa-unannounced-sha512": Habits(active=EcdsaOffer(digest="sha512", announced=False)),
    **{
        f"aa-ecdsa-{name}": Habits(active=EcdsaOffer(number, digest))
        for number, name, digest in _ACTIVE_CURVES
    },
    **{
        f"aa-rsa{bits}-{digest}": Habits(active=RsaOffer(bits, digest, named_hash=True))
        for bits in (1024, 2048)
        for digest in _DIGESTS
    },
    "aa-rsa1024": Habits(active=RsaOffer()),
    "aa-rsa1024-smaller": Habits(active=RsaOffer(smaller=True)),
    "aa-rsa2048": Habits(active=RsaOffer(2048)),
}
_CHIP = {
    **{
        f"ca-{_CURVE_NAMES[number]}-{name}": Habits(chip=ChipOffer(cipher, number))
        for cipher, name in _CIPHER_NAMES.items()
        for number in (12, 13, 16)
    },
    **{
        f"ca-{group}-{name}": Habits(chip=ChipOffer(cipher, number))
        for cipher, name in _CIPHER_NAMES.items()
        for number, group in _GROUP_NAMES.items()
    },
    "ca-numbered": Habits(chip=ChipOffer(key_id=1)),
    "ca-numbered-3des": Habits(chip=ChipOffer(CipherKind.TRIPLE_DES, key_id=1)),
    "ca-explicit": Habits(chip=ChipOffer(explicit=True)),
    "ca-pkcs3": Habits(chip=ChipOffer(parameter_id=0, explicit=True)),
    "ca-alone": Habits(active=None),
    "ca-alone-3des": Habits(active=None, chip=ChipOffer(CipherKind.TRIPLE_DES)),
}
_SIGNER = {
    **{f"sod-rsa-{digest}": Habits(signer=SigningChoice("RSA", digest)) for digest in _DIGESTS},
    **{f"sod-pss-{digest}": Habits(signer=SigningChoice("RSA-PSS", digest)) for digest in _DIGESTS},
    **{
        f"sod-ecdsa-{name}": Habits(signer=SigningChoice(parameter_id=number))
        for number, name in _CURVE_NAMES.items()
    },
    **{f"sod-ecdsa-{digest}": Habits(signer=SigningChoice(digest=digest)) for digest in _DIGESTS},
    "sod-rsa-bare": Habits(signer=SigningChoice("RSA", bare=True)),
    "sod-explicit": Habits(signer=SigningChoice(explicit=True)),
    "sod-explicit-p256": Habits(signer=SigningChoice(parameter_id=12, explicit=True)),
    "sod-mixed-hashes": Habits(signer=SigningChoice(digest="sha384"), group_digest="sha512"),
    "sod-groups-sha1": Habits(group_digest="sha1"),
    "sod-by-key-id": Habits(signer_by_key_id=True),
}

HABITS: dict[str, Habits] = {"usual": Habits(), **_WIRE, **_ACCESS, **_DATA, **_ACTIVE, **_CHIP, **_SIGNER}


def combined(*names: str) -> Habits:
    """Return the usual habits changed by each named row in turn.

    Raises KeyError: there is no such row.
    """
    usual, result = Habits(), Habits()
    for name in names:
        row = HABITS[name]
        changes = {
            field.name: getattr(row, field.name)
            for field in fields(Habits)
            if getattr(row, field.name) != getattr(usual, field.name)
        }
        result = replace(result, **changes)
    return result
