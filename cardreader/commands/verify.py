"""`tiepdon-card verify`: a chip's evidence judged again, offline, by the code that the gateway uses."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console

from cardreader.commands.display import plain, show_checks
from cardreader.commands.exits import EXIT_NOT_GENUINE, stderr
from cardreader.commands.nonces import parse_nonce
from cardreader.commands.options import trust_folder_option
from cardreader.errors import CardError, EvidenceUnreadable, MalformedData, NotGenuine
from cardreader.proof.active import NONCE_BYTES
from cardreader.proof.evidence import CardIdentity, Evidence, identity
from cardreader.proof.reasons import Reason
from cardreader.proof.trust import TrustStore
from cardreader.proof.verdict import Verdict, examine
from failures.terminal import show_failure

_NOT_LATER = "proof.not-verifiable-later"
_NONCE = re.compile(f"[0-9a-f]{{{2 * NONCE_BYTES}}}")
MAX_EVIDENCE_BYTES = 2_000_000  # the largest files of a card in base64 are some 800 kB


def _time(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("không phải thời điểm ISO 8601 / not a time of ISO 8601") from error
    if at.tzinfo is None:
        raise click.BadParameter("thiếu múi giờ / the time needs its zone: 2026-03-01T08:00+07:00")
    return at


@click.command()
@click.argument("evidence", type=click.File("rb"))
@click.option(
    "--nonce", required=True, metavar="HEX", callback=parse_nonce, help="What the chip had to sign, 8 bytes."
)
@trust_folder_option("trust", required=True)
@click.option("--training", is_flag=True, help="Accept cards of a training authority.")
@click.option("--allow-sha1", is_flag=True, help="Accept SHA-1 in what the issuer signed.")
@click.option(
    "--at", metavar="ISO-TIME", callback=_time, help="When the certificates must be valid; now if not given."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def verify(
    *,
    evidence: BinaryIO,
    nonce: bytes,
    trust: Path,
    training: bool,
    allow_sha1: bool,
    at: datetime,
    as_json: bool,
) -> None:
    """Verify the evidence that `read --evidence` wrote.

    Ends with 0 only if the chip signed this nonce and the issuer vouches for chip and data,
    with 5 and the reason for everything less, with 2 if the file is no evidence.

    What can be judged later is the issuer's signature and active authentication, the chip's
    signature over --nonce. Chip authentication and PACE with its mapping prove the chip to the
    reader that held the keys of that session, and to nobody else afterwards. The nonce must
    be one that you know of your own knowledge: that in the file proves nothing.
    """
    anchors = TrustStore.from_directory(trust, training=training, sha1=allow_sha1)
    read, stated = _read(evidence)
    verdict = examine(read, anchors, at=at, nonce=nonce)
    _show(verdict, _holder(read, verdict), as_json=as_json)
    if verdict.level != "chip-proven":
        code = verdict.failure() or _unproven(read, verdict)
        show_failure(code, stderr())
        if code == Reason.ACTIVE_SIGNATURE_WRONG:
            _doubt(nonce, stated)
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)


def _unproven(evidence: Evidence, verdict: Verdict) -> str:
    """Return why genuine data do not prove their chip."""
    elsewhere = evidence.chip_answer or evidence.card_security
    if verdict.active.status == "absent" and elsewhere:
        return _NOT_LATER
    return verdict.active.reason or Reason.ACTIVE_NOT_DONE


def _doubt(nonce: bytes, stated: str | None) -> None:
    """Say that the nonce may be the wrong one, and which one the file states, if it is another."""
    click.echo("  → Kiểm tra cả --nonce: phải là số đã đưa cho chip ký.", err=True)
    click.echo("  → Check --nonce too: it must be what the chip was given to sign.", err=True)
    if stated is not None and stated != nonce.hex():
        click.echo(f"  · Tệp ghi · the file states: {stated}", err=True)


def _read(file: BinaryIO) -> tuple[Evidence, str | None]:
    """Return the evidence of the file, and the nonce that it states, 16 hexadecimal digits.

    Raises EvidenceUnreadable.
    """
    content = file.read(MAX_EVIDENCE_BYTES + 1)
    if len(content) > MAX_EVIDENCE_BYTES:
        raise EvidenceUnreadable("the file is too large")
    try:
        body = json.loads(content, object_pairs_hook=_members)
        evidence = Evidence.from_json(body)
    except (MalformedData, ValueError, RecursionError) as error:
        raise EvidenceUnreadable("the file holds no evidence") from error
    stated = body.get("nonce")
    return evidence, stated if isinstance(stated, str) and _NONCE.fullmatch(stated) else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members; two of one name could be read as either."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedData("an object has two members of one name")
    return members


def _holder(evidence: Evidence, verdict: Verdict) -> CardIdentity | None:
    """Return whom accepted evidence names; of evidence that is refused nothing is told."""
    if verdict.failure() is not None:
        return None
    try:
        return identity(evidence)
    except CardError as error:
        raise NotGenuine(error.code) from error


def _show(verdict: Verdict, holder: CardIdentity | None, *, as_json: bool) -> None:
    if as_json:
        named: dict[str, Any] = {"holder": asdict(holder) if holder else None}
        click.echo(json.dumps(verdict.to_json() | named, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if verdict.training:
        console.print("[black on yellow] THẺ TẬP HUẤN · TRAINING CARD [/]")
    if holder is not None:
        console.print(f"[bold]{plain(holder.full_name)}[/] {plain(holder.id_number)}")
    show_checks(verdict, console)
