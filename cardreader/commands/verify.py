"""`tiepdon-card verify`: a chip's evidence judged again, offline, by the code that the gateway uses."""

import json
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
from cardreader.errors import CardError, MalformedData, NotGenuine, OversizedData
from cardreader.proof.evidence import CardIdentity, Evidence, identity
from cardreader.proof.reasons import Reason
from cardreader.proof.trust import TrustStore
from cardreader.proof.verdict import Verdict, examine
from failures.terminal import show_failure

MAX_EVIDENCE_BYTES = 2_000_000  # the largest files of a card in base64 are some 800 kB


def _time(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("not a time of ISO 8601") from error
    if at.tzinfo is None:
        raise click.BadParameter("the time needs its zone, e.g. 2026-03-01T08:00+07:00")
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
    with 5 and the reason for everything less.
    """
    anchors = TrustStore.from_directory(trust, training=training, sha1=allow_sha1)
    read = _read(evidence)
    verdict = examine(read, anchors, at=at, nonce=nonce)
    _show(verdict, _holder(read, verdict), as_json=as_json)
    if verdict.level != "chip-proven":
        show_failure(verdict.failure() or verdict.active.reason or Reason.ACTIVE_NOT_DONE, stderr())
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)


def _read(file: BinaryIO) -> Evidence:
    """Return the evidence of the file.

    Raises NotGenuine: it is none, so it proves nothing; its code says what it is instead.
    """
    content = file.read(MAX_EVIDENCE_BYTES + 1)
    if len(content) > MAX_EVIDENCE_BYTES:
        raise NotGenuine(OversizedData.code)
    try:
        return Evidence.from_json(json.loads(content, object_pairs_hook=_members))
    except MalformedData as error:
        raise NotGenuine(error.code) from error
    except (ValueError, RecursionError) as error:
        raise NotGenuine(MalformedData.code) from error


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
