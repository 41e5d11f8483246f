"""`tiepdon-gateway portal`: the accounts at the national portal, the queue to it, and a double of it."""

import json
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from gateway import logs, server
from gateway.exits import put, say
from gateway.operator import OPERATOR, in_vietnam, opened, read_settings
from gateway.services import keys, portal_accounts, sendings
from gateway.services.portal_accounts import NewAccount
from gateway.services.runtime import utcnow
from gateway.store.database import GATEWAY
from gateway.store.tables_portal import STATES, PortalAccount, PortalSending
from gateway.upstream.double import serving
from gateway.upstream.double.world import World
from gateway.work import forwarder, worker

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.group()
def portal() -> None:
    """Forward records to the national portal: accounts, queue, and a double for training."""


@portal.command("set")
@click.argument("facility")
@click.option("--username", required=True, help="The account's name at the portal.")
@click.option("--url", "base_url", required=True, help="The portal's address; the double's, or the real one.")
@click.option(
    "--per-minute",
    default=portal_accounts.PER_MINUTE,
    show_default=True,
    type=click.IntRange(1, 600),
    help="Requests a minute.",
)
@click.option(
    "--forward/--no-forward",
    "forwards",
    default=True,
    show_default=True,
    help="Send the facility's records there, or only ask about cards.",
)
@click.option("--password-file", type=FILE, help="File whose first line is the password; default: ask.")
@OPERATOR
def set_account(facility: str, password_file: Path | None, by: str, **said: Any) -> None:
    """Set a facility's account, and start it again where it was stopped.

    From now on its records are forwarded; with --no-forward the portal is only asked about cards.
    """
    account = NewAccount(facility=facility, password=_password(password_file), **said)
    settings = read_settings()
    with opened(settings) as database, database.begin(GATEWAY) as session:
        secret = keys.load(settings.data_dir).secret
        portal_accounts.put(session, account, secret=secret, by=by, now=utcnow())
    if account.forwards:
        say(
            f"Đã đặt tài khoản của cơ sở {facility}; hồ sơ nhận từ nay được chuyển lên cổng.",
            f"The account of {facility} is set; records that come from now on are forwarded.",
        )
    else:
        say(
            f"Đã đặt tài khoản của cơ sở {facility}, chỉ để tra cứu thẻ; hồ sơ không được chuyển lên cổng.",
            f"The account of {facility} is set, for questions about cards alone; no record is forwarded.",
        )


@portal.command("off")
@click.argument("facility")
@OPERATOR
def remove_account(facility: str, by: str) -> None:
    """Forget a facility's account; nothing is queued or sent for it any more."""
    with opened() as database, database.begin(GATEWAY) as session:
        portal_accounts.remove(session, facility, by=by, now=utcnow())
        waiting = sendings.count_waiting(session, facility)
    say(
        f"Đã xóa tài khoản của cơ sở {facility}; {waiting} hồ sơ còn chờ và chưa được gửi lên cổng.",
        f"The account of {facility} is forgotten; records that wait and are not sent: {waiting}.",
    )


@portal.command("list")
@AS_JSON
def list_accounts(as_json: bool) -> None:
    """List the accounts; passwords are not shown."""
    with opened() as database, database.read(GATEWAY) as session:
        _show([_account(*found) for found in portal_accounts.every(session)], as_json=as_json)


@portal.command("queue")
@click.option("--state", type=click.Choice(STATES), help="Only what is in this state.")
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, sendings.MAX_LISTED),
    help="How many, the newest first.",
)
@AS_JSON
def list_queue(state: str | None, limit: int, as_json: bool) -> None:
    """List what was queued for the portal, and what became of it."""
    with opened() as database, database.read(GATEWAY) as session:
        _show([_sending(row) for row in sendings.listed(session, state=state, limit=limit)], as_json=as_json)


@portal.command("again")
@click.argument("sending", type=click.UUID)
@OPERATOR
def send_again(sending: UUID, by: str) -> None:
    """Send a file again that was refused, or that is not at the portal as somebody has seen."""
    with opened() as database, database.begin(GATEWAY) as session:
        sendings.send_again(session, sending, by=by, now=utcnow())


@portal.command("taken")
@click.argument("sending", type=click.UUID)
@click.option("--transaction", metavar="NUMBER", help="The portal's number for it (maGiaoDich).")
@OPERATOR
def note_taken(sending: UUID, transaction: str | None, by: str) -> None:
    """Note that a file that is in doubt is at the portal, as somebody has seen."""
    with opened() as database, database.begin(GATEWAY) as session:
        sendings.note_taken(session, sending, transaction=transaction, by=by, now=utcnow())


@portal.command("send")
@click.option("--once", is_flag=True, help="End when nothing is due any more.")
def send(once: bool) -> None:
    """Send the queue until it is stopped; a running `work` does the same."""
    logs.configure()
    threading.excepthook = worker.say_ended
    settings = read_settings()
    secret = keys.load(settings.data_dir).secret
    stop = threading.Event()
    with (
        opened(settings) as database,
        forwarder.sender_of(database, secret=secret, egress=settings.portal_egress) as sender,
    ):
        if once:
            for state, count in sorted(forwarder.send_due(sender).items()):
                put(f"{state}\t{count}")
            return
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
        with forwarder.forwarding(sender, stop) as sends:
            while sends() and not stop.wait(1.0):
                pass


@portal.command("double")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8099, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--data", type=FILE, help="JSON file of accounts, clerks, cards and visits; default: a sample.")
@click.option(
    "--token-seconds",
    default=600,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="How long a token is good.",
)
def double(host: str, port: int, data: Path | None, token_seconds: int) -> None:
    """Serve a double of the portal for training, with invented people; it forwards nothing."""
    try:
        World.read(data)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise click.BadParameter("not the JSON that docs/portal.md describes", param_hint="--data") from error
    serving.run(server.free_address(host, port), port, data=data, token_seconds=token_seconds)


def _password(file: Path | None) -> str:
    """Return the password: the first line of a file, or what is typed without being shown."""
    if file is None:
        typed: str = click.prompt("Mật khẩu / Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")


def _show(listed: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        put(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in listed:
        put("\t".join("-" if value is None else str(value) for value in row.values()))


def _account(row: PortalAccount, forwards: bool) -> dict[str, Any]:
    return {
        "facility": row.facility,
        "username": row.username,
        "url": row.base_url,
        "per_minute": row.per_minute,
        "forwards": forwards,
        "set": in_vietnam(row.updated_at),
        "stopped": _moment(row.stopped_at),
        "stopped_result": row.stopped_result,
    }


def _sending(row: PortalSending) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "facility": row.facility,
        "kind": row.kind,
        "key": row.business_key,
        "version": row.version,
        "state": row.state,
        "attempts": row.attempts,
        "due": _moment(row.due_at) if row.state == "waiting" else None,
        "started": _moment(row.started_at),
        "ended": _moment(row.ended_at),
        "sent_as": row.sent_as,
        "sha256": row.sha256,
        "code": row.code,
        "result": row.result,
        "transaction": row.transaction,
    }


def _moment(moment: datetime | None) -> str | None:
    return in_vietnam(moment) if moment else None
