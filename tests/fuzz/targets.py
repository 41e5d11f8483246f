"""What the coverage-guided fuzzer feeds: every parser of a stranger's bytes, with inputs to start from.

A target may raise an error of ours, and nothing else.
"""

import contextlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

from bhyt import parsing
from bhyt.errors import RecordsError
from bhyt.national import open_file, read_file, write_envelope
from bhyt.national.layouts import inner_layouts
from bhyt.r4.bundle import element_of
from bhyt.r4.rows import read_resource, rows_of_resource
from bhyt.r4.wire import write
from cardreader.access.keys import AccessKeys
from cardreader.commands import verify
from cardreader.errors import CardError
from cardreader.lds.chip_keys import parse_active_key, parse_chip_keys
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.dg13 import parse_dg13
from cardreader.lds.face import parse_face
from cardreader.lds.master_list import parse_master_list
from cardreader.lds.mrz import check_access_info, parse_mrz
from cardreader.lds.security_infos import parse_pace_infos
from cardreader.lds.security_object import parse_security_object
from cardreader.lds.tlv import check_structure, read_all
from cardreader.proof.active import verify_active
from cardreader.proof.agreement import agree
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.chip import ChipExamination
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import NotProven
from cardreader.proof.revocation import parse_revocation_list
from cardreader.proof.signed_content import check_signed_content
from cardreader.proof.trust_folder import parse_trust_file
from cardreader.proof.verdict import examine
from cardreader.qr import parse_qr
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    ODD_ENVELOPE,
    envelope,
    inner_files,
)
from tests.unit.cardreader.chip_cards import AUTHORITY, NONCE, SIGNER, ProvableCard, trusting
from tests.unit.cardreader.faces import CODESTREAM, JP2, dg2
from tests.unit.cardreader.issuing import NOW, master_list, revocation_list
from tests.unit.cardreader.people import DG1, DG13, zone
from tests.unit.cardreader.test_active_rsa import numbered

TRUST = trusting(AUTHORITY)


@dataclass(frozen=True)
class Target:
    """`run` parses bytes; `seeds` are inputs that it accepts."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _tlv(data: bytes) -> None:
    for parse in (check_structure, read_all, parse_dg1):
        with contextlib.suppress(CardError):
            parse(data)


def _zone(data: bytes) -> None:
    text = data.decode("latin-1")
    for parse in (parse_mrz, check_access_info, AccessKeys.from_mrz):
        with contextlib.suppress(CardError):
            parse(text)


def _code(data: bytes) -> None:
    AccessKeys.from_qr(parse_qr(data.decode("utf-8", "replace")))


def _security_object(data: bytes) -> None:
    examine(Evidence(data, {1: DG1, 13: DG13}), TRUST, at=NOW)
    signed = parse_security_object(data).signed
    check_signed_content(signed, parse_certificate(signed.signer_certificate))


def _chip_keys(data: bytes) -> None:
    for key in parse_chip_keys(data).public_keys:
        with contextlib.suppress(CardError):
            agree(key, lambda count: b"\x01" * count)
    ChipExamination.begin(data, random_bytes=lambda count: b"\x01" * count)


def _active_key(data: bytes) -> None:
    verify_active(data, NONCE, bytes(64))
    parse_active_key(data)


def _national_file(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        file = open_file(BytesIO(data))
        for _ in file.records():
            pass
        for dossier in file.dossiers():
            write_envelope([dossier], facility="33999", made_on=date(2026, 9, 16), around=file.envelope())


def _inner_file(data: bytes) -> None:
    layouts = list(inner_layouts())
    if data:
        name, content = layouts[data[0] % len(layouts)], b64encode(data[1:]).decode()
        inner = f"<FILEHOSO><LOAIHOSO>{name}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"
        _national_file(envelope({}, raw=inner))


def _fhir_record(data: bytes) -> None:
    with contextlib.suppress(RecordsError):
        resource = parsing.parse(data)
        rows_of_resource(resource)
        read_resource(resource)


def _fhir_seeds() -> Iterator[bytes]:
    """Yield each record of the samples as FHIR."""
    for sample in (ENVELOPE, CHECK_IN, DEATH_NOTICE):
        for record in read_file(sample).records:
            yield write(element_of(record))


def _trust_file(data: bytes) -> None:
    parse_trust_file(Path("a.cer"), data)


def _inner_seeds() -> Iterator[bytes]:
    """Yield the sample's inner files, the number of the table before each."""
    layouts = list(inner_layouts())
    for name, text in inner_files().items():
        yield bytes([layouts.index(name)]) + text.encode()


@cache
def targets() -> Mapping[str, Target]:
    """Return the targets by name."""
    card = ProvableCard()
    evidence = card.evidence()
    proven = json.dumps(evidence.to_json()).encode()
    code = "033300000001|300000001|Nguyễn Thị Mẫu Thử|12041995|Nữ|Hưng Yên|10052021"
    return {
        "tlv": Target(_tlv, (DG1, DG13)),
        "mrz": Target(_zone, (zone().encode(),)),
        "qr": Target(_code, (code.encode(),)),
        "sod": Target(_security_object, (evidence.security_object,)),
        "dg2": Target(parse_face, (dg2(), dg2(JP2), dg2(CODESTREAM))),
        "dg13": Target(parse_dg13, (DG13,)),
        "dg14": Target(_chip_keys, (card.files[14],)),
        "dg15": Target(_active_key, (card.files[15], numbered(1 << 1023 | 1, 65537))),
        "card-access": Target(parse_pace_infos, (evidence.card_access or b"",)),
        "evidence": Target(lambda data: verify._read(BytesIO(data)), (proven,)),
        "master-list": Target(parse_master_list, (master_list(SIGNER, AUTHORITY),)),
        "revocation-list": Target(parse_revocation_list, (revocation_list(AUTHORITY, SIGNER),)),
        "certificate": Target(parse_certificate, (AUTHORITY.der, SIGNER.der)),
        "national-file": Target(_national_file, (ENVELOPE, ODD_ENVELOPE, CHECK_IN, DEATH_NOTICE, BIRTHS)),
        "inner-file": Target(_inner_file, tuple(_inner_seeds())),
        "fhir-record": Target(_fhir_record, tuple(_fhir_seeds())),
        "trust-file": Target(_trust_file, (AUTHORITY.der, revocation_list(AUTHORITY))),
    }


def together() -> Target:
    """Return all targets as one: the first byte of an input chooses."""
    several = list(targets().values())
    seeds = [bytes([number]) + seed for number, one in enumerate(several) for seed in one.seeds]
    return Target(lambda data: several[data[0] % len(several)].run(data[1:]) if data else None, tuple(seeds))


def feed(target: Target, data: bytes) -> None:
    """Run a target; what is no error of ours comes out."""
    with contextlib.suppress(CardError, NotProven):
        target.run(data)
