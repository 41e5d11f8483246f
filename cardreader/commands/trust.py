"""`tiepdon-card trust`: pin country signing certificates, list them, and see that they are in order."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cardreader.commands.exits import EXIT_NOT_GENUINE
from cardreader.commands.options import trust_folder_option
from cardreader.errors import MalformedData, OfferUnreadable, TrustUnreadable
from cardreader.lds.master_list import MasterList, is_signed_message, parse_master_list
from cardreader.proof.links import Authorities
from cardreader.proof.trust_folder import (
    MAX_TRUST_FILE_BYTES,
    SUFFIXES,
    TrustFile,
    parse_trust_file,
    read_bounded,
    read_trust_folder,
)
from cardreader.trust_list.adding import add_trust_file, remove_superseded
from cardreader.trust_list.listing import Entry, Finding, entries, findings
from cardreader.trust_list.pinning import Addition, Conditions, Pinning
from failures import failure

_OFFERED = SUFFIXES | {".ml", ".mls"}
_FOLDER = trust_folder_option("directory", required=True)
_KINDS = {
    "anchor": "gốc · anchor",
    "link": "nối · link",
    "crl": "danh sách thu hồi · revocation list",
    "unused": "không dùng · unused",
}
_TRAINING = click.option("--training", is_flag=True, help="Count authorities of training cards.")
_SHA1 = click.option("--allow-sha1", is_flag=True, help="Count signatures with SHA-1.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _fingerprints(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> frozenset[bytes]:
    """Return SHA-256 fingerprints, written as people do: hexadecimal digits, colons or spaces between."""
    digits = [re.sub(r"[\s:]", "", one) for one in given]
    if not all(re.fullmatch(r"[0-9A-Fa-f]{64}", one) for one in digits):
        raise click.BadParameter(
            "dấu vân tay SHA-256 có 64 chữ số thập lục phân / a fingerprint has 64 hexadecimal digits"
        )
    return frozenset(map(bytes.fromhex, digits))


def _country(_ctx: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    if given is not None and not re.fullmatch(r"[A-Za-z]{2}", given):
        raise click.BadParameter("mã nước có hai chữ cái / a country has two letters, such as VN")
    return given.upper() if given else None


@click.group()
def trust() -> None:
    """Keep the list of certificates that cards are measured against."""


@trust.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_FOLDER
@click.option(
    "--accept",
    callback=_fingerprints,
    multiple=True,
    metavar="FINGERPRINT",
    help="Take the master list whose signer this authority issued, by its SHA-256 fingerprint.",
)
@click.option(
    "--country",
    callback=_country,
    metavar="LETTERS",
    help="Take what this country (VN) issued and nothing else.",
)
@_TRAINING
@_SHA1
def import_files(
    *,
    files: tuple[Path, ...],
    directory: Path,
    accept: frozenset[bytes],
    country: str | None,
    training: bool,
    allow_sha1: bool,
) -> None:
    """Pin certificates, take master lists and revocation lists: all of FILES or nothing.

    A certificate in PEM or DER is pinned because you give it: compare the fingerprint that is
    printed. A master list must be signed under a pinned certificate, or one that you --accept.
    Directories stand for the files in them. LDIF is not read.
    """
    present = read_trust_folder(directory) if directory.exists() else []
    conditions = Conditions(
        at=datetime.now(UTC), accept=accept, country=country, training=training, sha1=allow_sha1
    )
    pinning = Pinning(present, conditions)
    offered = [_offer(path) for path in _expanded(files)]
    for file in offered:
        if isinstance(file, TrustFile):
            pinning.offer_file(file)
    for file in offered:
        if not isinstance(file, TrustFile):
            pinning.offer_master_list(*file)
    addition = pinning.settle()
    if addition.certificates or addition.lists:
        added = add_trust_file(directory, addition.certificates, addition.lists)
        remove_superseded(present, addition.lists)
        _report(
            addition, entries([TrustFile(added, addition.certificates, addition.lists)], pinning.authorities)
        )
    else:
        _report(addition, [])


@trust.command("list")
@_FOLDER
@_TRAINING
@_SHA1
@_JSON
def list_entries(*, directory: Path, training: bool, allow_sha1: bool, as_json: bool) -> None:
    """List what is pinned: anchors, links between them, revocation lists, and what is not used."""
    files = read_trust_folder(directory)
    found = entries(files, _authorities(files, training=training, sha1=allow_sha1))
    if as_json:
        click.echo(json.dumps([_entry_json(entry) for entry in found], ensure_ascii=False, indent=2))
    for entry in [] if as_json else found:
        _show_entry(entry)


@trust.command("check")
@_FOLDER
@_TRAINING
@_SHA1
@_JSON
def check(*, directory: Path, training: bool, allow_sha1: bool, as_json: bool) -> None:
    """Check the list; exit 5 if cards that should pass do not, or others might, 2 if it cannot be read.

    Warnings alone exit 0: what has expired or soon will (90 days), stale revocation lists,
    SHA-1, weak keys, roots that state no country, files that are not used.
    """
    files = read_trust_folder(directory)
    authorities = _authorities(files, training=training, sha1=allow_sha1)
    found = findings(files, authorities, at=datetime.now(UTC))
    grave = any(finding.grave for finding in found)
    if as_json:
        answer = {"ok": not grave, "findings": [_finding_json(finding) for finding in found]}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    for finding in [] if as_json else found:
        _show_finding(finding)
    if grave:
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)
    if not found and not as_json:
        click.echo("Danh sách tin cậy ổn. · The trust list is in order.")


def _expanded(paths: tuple[Path, ...]) -> list[Path]:
    """Return the files, those of a directory in its place.

    Raises OfferUnreadable: a directory without any such file, or that cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        try:
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in _OFFERED)
        except OSError as error:
            raise OfferUnreadable(f"{path.name} cannot be read: {error.strerror}", file=path.name) from error
        if not inside:
            raise OfferUnreadable(f"{path.name} holds no certificate", file=path.name)
        found += inside
    return found


def _offer(path: Path) -> TrustFile | tuple[MasterList, str]:
    """Return what a file holds: certificates and lists, or a master list with the file's name.

    Raises OfferUnreadable: it cannot be read, or holds something else.
    """
    try:
        data = read_bounded(path, MAX_TRUST_FILE_BYTES)
        if not is_signed_message(data):
            return parse_trust_file(path, data)
        return parse_master_list(data), path.name
    except (MalformedData, TrustUnreadable) as error:
        raise OfferUnreadable(str(error), file=path.name) from error


def _authorities(files: list[TrustFile], *, training: bool, sha1: bool) -> Authorities:
    return Authorities(
        [certificate for file in files for certificate in file.certificates],
        lists=[revocation_list for file in files for revocation_list in file.lists],
        training=training,
        sha1=sha1,
    )


def _report(addition: Addition, added: list[Entry]) -> None:
    """Print what was added, with every fingerprint, and how much was not and why."""
    for entry in added:
        _show_entry(entry)
    for signer in addition.signers:
        click.echo(f"Danh sách do · Master list vouched for by: {_colons(signer.fingerprint)}")
    reasons: dict[str, int] = {}
    for code in addition.skipped.values():
        reasons[code] = reasons.get(code, 0) + 1
    click.echo(f"Đã thêm · Added: {len(added)}")
    click.echo(f"Đã có sẵn · Known before: {addition.known}")
    if addition.elsewhere:
        click.echo(f"Của nước khác · Of other countries: {addition.elsewhere}")
    for code, count in sorted(reasons.items()):
        words = failure(code).message
        click.echo(f"Bỏ qua · Skipped: {count} · {words.vi} {words.en} [{code}]")


def _show_entry(entry: Entry) -> None:
    until = f"{entry.valid_to:%Y-%m-%d}" if entry.valid_to else "?"
    training = " [tập huấn · training]" if entry.training else ""
    click.echo(f"{entry.country or '??'}  {_KINDS[entry.kind]}{training}  {entry.subject}")
    content = entry.key or f"đã thu hồi · revoked: {entry.revoked}"
    click.echo(f"    {entry.valid_from:%Y-%m-%d} – {until} · {content} · {entry.digest} · {entry.file}")
    if entry.reason:
        words = failure(entry.reason).message
        click.echo(f"    {words.vi} {words.en} [{entry.reason}]")
    click.echo(f"    SHA-256 {_colons(entry.fingerprint)}")


def _show_finding(finding: Finding) -> None:
    words = failure(finding.code)
    click.echo(f"{'✗' if finding.grave else '!'} {words.message.vi} [{finding.code}] {finding.about}")
    click.echo(f"    {words.message.en}")
    if finding.fingerprint:
        click.echo(f"    SHA-256 {_colons(finding.fingerprint)}")
    click.echo(f"    → {words.remedy.vi}\n    → {words.remedy.en}")


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "country": entry.country,
        "subject": entry.subject,
        "valid_from": entry.valid_from.isoformat(),
        "valid_to": entry.valid_to.isoformat() if entry.valid_to else None,
        "fingerprint": entry.fingerprint.hex(),
        "key": entry.key,
        "digest": entry.digest,
        "training": entry.training,
        "reason": entry.reason,
        "revoked": entry.revoked,
        "file": entry.file,
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "grave": finding.grave,
        "about": finding.about,
        "fingerprint": finding.fingerprint.hex() if finding.fingerprint else None,
    }


def _colons(fingerprint: bytes) -> str:
    return fingerprint.hex(":").upper()
