"""The parts of a card and of a trust list whose every byte is flipped, and what nothing covers in them."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.commands import verify
from cardreader.errors import CardError
from cardreader.lds.tlv import write_tlv
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.chip_cards import NONCE, ProvableCard, trusting
from tests.unit.cardreader.every_byte import Part, judged, places
from tests.unit.cardreader.faces import dg2
from tests.unit.cardreader.issuing import NOW, certify, listing, revocation_list, security_object
from tests.unit.cardreader.test_mapping import EXAMPLE_INFOS, GENUINE, card_security
from tests.unit.cardreader.test_mapping import TRUST as MAPPING_TRUST
from tests.unit.cardreader.test_mapping import evidence as mapped_evidence

DIGESTS = "digestAlgorithms"
VERSIONS = "versions"
UNUSED_DIGEST = "digestAlgorithm of a signer without signed attributes"
CERTIFICATES = "certificates beside the signer's"
LISTS = "crls"
UNSIGNED = "unsignedAttrs"
TEXT_TYPES = "string types in the signer's name"
MEMBER_NAMES = "names of optional members"
WHITE_SPACE = "white space in JSON"
UNASKED = "files and answers that nobody asked for"
ARMOR = "armor of a PEM file"

CURVE = ec.SECP256R1()  # the quickest to verify
ROOT = certify("Test CSCA", identified=True, curve=CURVE)
NEXT = certify("Test CSCA", identified=True, curve=CURVE)
LINK = certify("Test CSCA", by=ROOT, key=NEXT.key, authority=True, identified=True)
SIGNER = certify("Test DS", by=NEXT, identified=True, curve=CURVE)
REVOKED = certify("Lost DS", by=NEXT, identified=True, curve=CURVE)
REVOCATION = revocation_list(NEXT, REVOKED)
TRUST = trusting(ROOT, LINK)

CARD = ProvableCard()
FILES = CARD.files | {2: dg2()}
ACCESS = CARD.evidence().card_access
EXAMINATION = CARD.examine()

Judge = Callable[[bytes], Any]


def proven(**changes: Any) -> Evidence:
    """Return the evidence of a card that proved itself twice, with some of it changed."""
    groups = FILES | changes.pop("groups", {})
    answers = {"active_signature": CARD.sign(), "chip_answer": CARD.answer(EXAMINATION)}
    sod = security_object(listing(FILES), SIGNER)
    return replace(Evidence(sod, groups, card_access=ACCESS, **answers), **changes)


PROVEN = proven()


def ask(given: Evidence, trust: TrustStore = TRUST) -> Any:
    """Judge evidence as who asked for both proofs of the chip."""
    return judged(given, trust, at=NOW, nonce=NONCE, examination=EXAMINATION)


def _file(name: str) -> Part:
    return Part(getattr(PROVEN, name), lambda changed: ask(replace(PROVEN, **{name: changed})))


def _group(number: int) -> Part:
    groups = PROVEN.data_groups
    return Part(FILES[number], lambda changed: ask(replace(PROVEN, data_groups={**groups, number: changed})))


def security_object_part(**deviations: Any) -> Part:
    """Return EF.SOD, made otherwise than the usual one."""
    sod = security_object(listing(FILES), SIGNER, **deviations)
    return Part(sod, lambda changed: ask(replace(PROVEN, security_object=changed)), unsigned(sod[4:], 4))


def fullest_security_object() -> Part:
    """Return EF.SOD with everything that the standards let stand beside what is signed."""
    digest = cms.DigestAlgorithm({"algorithm": "sha512"})
    time = cms.CMSAttributes([{"type": "signing_time", "values": [cms.Time({"utc_time": NOW})]}])
    part = security_object_part(
        whole={
            "digest_algorithms": [{"algorithm": "sha256"}, digest],
            "crls": [cms.RevocationInfoChoice.load(REVOCATION)],
        },
        single={"unsigned_attrs": time},
        beside=(ROOT,),
    )
    uncovered = {
        CERTIFICATES: ROOT.der,
        LISTS: write_tlv(0xA1, REVOCATION),
        UNSIGNED: write_tlv(0xA1, time.contents),
    }
    beside = {name: places(part.data, piece) for name, piece in uncovered.items()}
    return replace(part, uncovered={**part.uncovered, **beside})


def unsigned(message: bytes, before: int = 0) -> dict[str, frozenset[int]]:
    """Return where a signed message can vary without a meaning, after `before` other bytes."""
    signed = cms.ContentInfo.load(message)["content"]
    digests, signer = signed["digest_algorithms"], signed["signer_infos"][0]
    assert message.count(digests.dump()) == 1
    listed = message.index(digests.dump())
    versions = (listed - 1, message.rindex(signer.contents) + 2)  # an integer of one byte, at the start
    found = {
        DIGESTS: range(listed + len(digests.dump()) - len(digests.contents), listed + len(digests.dump())),
        VERSIONS: versions,
    }
    if signer["sid"].name == "issuer_and_serial_number":
        found[TEXT_TYPES] = _text_types(message, signer["sid"].chosen["issuer"].chosen)
    if not signer["signed_attrs"]:
        digest = signer["digest_algorithm"]["algorithm"].contents
        start = message.index(digest, versions[1])
        found[UNUSED_DIGEST] = range(start, start + len(digest))
    return {name: frozenset(before + at for at in positions) for name, positions in found.items()}


def _text_types(message: bytes, name: Any) -> list[int]:
    """Return where the types of the texts that name the signer stand."""
    start = message.rindex(name.dump())  # the certificate has the same name, and stands before
    values = [part["value"].dump() for together in name for part in together]
    return [start + name.dump().index(value) for value in values]


def card_security_part() -> Part:
    """Return EF.CardSecurity of a chip that proved itself by PACE with chip-authentication mapping."""
    given = mapped_evidence()

    def judge(changed: bytes) -> Any:
        return judged(replace(given, card_security=changed), MAPPING_TRUST, at=NOW, mapping=GENUINE)

    data = card_security(EXAMPLE_INFOS)
    return Part(data, judge, unsigned(data))


def evidence_json_part() -> Part:
    """Return evidence as a file for `verify`; without the face, which that does not need."""

    def judge(changed: bytes) -> Any:
        try:
            return ask(verify._read(BytesIO(changed))[0])
        except CardError:
            return None

    given = PROVEN.without(2)
    text = json.dumps(given.to_json()).encode()
    first = text.index(b'"security_object": "') + len(b'"security_object": "')
    uncovered = {
        MEMBER_NAMES: places(text, b"card_access"),
        WHITE_SPACE: frozenset(at for at, letter in enumerate(text) if letter == ord(" ")),
    }
    for name, positions in unsigned(given.security_object[4:], 4).items():
        letters = (at for byte in positions for at in (byte * 8 // 6, (byte * 8 + 7) // 6))
        uncovered[name] = frozenset(first + at for at in letters)
    return Part(text, judge, uncovered)


def unasked_part(name: str, *, without: tuple[int, ...] = ()) -> Part:
    """Return a file or answer that nobody asked for: nothing reads it."""
    given = replace(PROVEN.without(*without), card_security=card_security(EXAMPLE_INFOS))
    data = getattr(given, name)

    def judge(changed: bytes) -> Any:
        return judged(replace(given, **{name: changed}), TRUST, at=NOW)

    return Part(data, judge, {UNASKED: frozenset(range(len(data)))})


def trust_file_part(folder: Path, name: str) -> Part:
    """Return a file of the folder of a trust list: the root, the link or the revocation list.

    Accepted is a folder that accepts the card and refuses the one whose signer was revoked.
    """
    files = {"root.cer": ROOT.der, "link.cer": LINK.der, "revoked.crl": REVOCATION}
    if name == "root.pem":
        del files["root.cer"]
        files[name] = ROOT.certificate.public_bytes(Encoding.PEM)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    lost = replace(PROVEN, security_object=security_object(listing(FILES), REVOKED))
    around = {ARMOR: _around_the_letters(files[name])} if name == "root.pem" else {}
    return Part(files[name], partial(_judge_folder, folder, name, lost), around)


def _judge_folder(folder: Path, name: str, lost: Evidence, changed: bytes) -> Any:
    (folder / name).write_bytes(changed)
    try:
        store = TrustStore.from_directory(folder)
    except CardError:
        return None
    return (ask(PROVEN, store), "and the lost one") if ask(lost, store) else ask(PROVEN, store)


def _around_the_letters(pem: bytes) -> frozenset[int]:
    """Return the positions of the first and last line, and of the ends of lines."""
    head, foot = pem.index(b"\n"), pem.index(b"\n-----END")
    return frozenset(at for at in range(len(pem)) if at < head or at > foot or pem[at] == 0x0A)


CARD_PARTS: dict[str, Callable[[], Part]] = {
    **{f"DG{number}": partial(_group, number) for number in FILES},
    "EF.SOD": security_object_part,
    "EF.SOD, the fullest": fullest_security_object,
    "EF.SOD, signer by key identifier": partial(security_object_part, by_key_identifier=True),
    "EF.SOD without signed attributes": partial(security_object_part, attributes=False),
    "EF.CardAccess": partial(_file, "card_access"),
    "EF.CardSecurity": card_security_part,
    "active signature": partial(_file, "active_signature"),
    "chip answer": partial(_file, "chip_answer"),
    "evidence": evidence_json_part,
    "EF.CardAccess without DG14": partial(unasked_part, "card_access", without=(14,)),
    "EF.CardSecurity without the mapping": partial(unasked_part, "card_security"),
    "active signature without a nonce": partial(unasked_part, "active_signature"),
    "chip answer without a question": partial(unasked_part, "chip_answer"),
}
TRUST_FILES = ("root.cer", "root.pem", "link.cer", "revoked.crl")
UNCOVERED = {
    "EF.SOD": {TEXT_TYPES, DIGESTS, VERSIONS},
    "EF.SOD, the fullest": {DIGESTS, CERTIFICATES, LISTS, UNSIGNED, TEXT_TYPES},
    "EF.SOD, signer by key identifier": {DIGESTS},
    "EF.SOD without signed attributes": {TEXT_TYPES, DIGESTS, UNUSED_DIGEST},
    "EF.CardSecurity": {TEXT_TYPES, DIGESTS},
    "evidence": {MEMBER_NAMES, WHITE_SPACE},
    "EF.CardAccess without DG14": {UNASKED},
    "EF.CardSecurity without the mapping": {UNASKED},
    "active signature without a nonce": {UNASKED},
    "chip answer without a question": {UNASKED},
    "root.pem": {ARMOR},
}
# A letter of base64 holds six bits: whether a flip makes another string type or version is chance.
SOMETIMES = {"evidence": {TEXT_TYPES, DIGESTS, VERSIONS}}
