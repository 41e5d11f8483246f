"""`tiepdon-gateway`: set up, serve, register clients, load the register."""

import json
import os
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import click

from gateway import portal_commands, server
from gateway.exits import Commands, put, say
from gateway.operator import OPERATOR, in_vietnam, opened, read_settings
from gateway.services import clients, imports, months, setup
from gateway.services.runtime import utcnow
from gateway.settings import PREFIX
from gateway.store.database import GATEWAY
from gateway.store.tables_access import Client
from gateway.store.tables_versions import ClosedMonth
from gateway.work import worker
from gateway.work.beside import worker_beside

MONTH = click.DateTime(["%Y-%m"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Commands)
@click.version_option(package_name="tiepdon")
def main() -> None:
    """Run the insurer's side of Tiếp Đón."""


@main.command()
def init() -> None:
    """Make keys, folders and tables; running it again changes nothing."""
    made = setup.initialize(read_settings(), today=utcnow().date())
    for name in made:
        put(name)
    if not made:
        say("Mọi thứ đã có sẵn; không thay đổi gì.", "Everything stood already; nothing was changed.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--training", is_flag=True, help="Accept training cards; mark every answer.")
@click.option("--no-worker", is_flag=True, help="Start no worker: another machine runs `work`.")
def serve(host: str, port: int, workers: int, training: bool, no_worker: bool) -> None:
    """Serve the gateway until it is stopped, with one worker beside it."""
    address = server.free_address(host, port)
    if training:
        os.environ[f"{PREFIX}TRAINING"] = "true"
    settings = read_settings()
    if "public_url" not in settings.model_fields_set:
        os.environ[f"{PREFIX}PUBLIC_URL"] = f"http://{host}:{port}"
    setup.prepare_to_serve(settings, today=utcnow().date())
    with nullcontext() if no_worker else worker_beside():
        server.run(address, port, workers=workers, training=settings.training)


@main.command()
@click.option("--training", is_flag=True, help="Mark what is stored as training data.")
@click.option("--parent", type=int, hidden=True, help="End with this process.")
def work(training: bool, parent: int | None) -> None:
    """Work off the batches that hospitals have sent, until it is stopped."""
    if training:
        os.environ[f"{PREFIX}TRAINING"] = "true"
    worker.run(read_settings(), parent=parent)


@main.group()
def client() -> None:
    """Register clients."""


@client.command("add")
@click.argument("name")
@click.option("--facility", help="The facility's code; its desk or hospital system.")
@click.option("--insurer", is_flag=True, help="A program of the insurer's.")
@click.option("--key", "key_file", required=True, type=FILE, help="The client's public JWK.")
@click.option("--scope", "wanted", multiple=True, help="A scope, such as system/Claim.rs; default: all.")
def add_client(
    name: str, facility: str | None, insurer: bool, key_file: Path, wanted: tuple[str, ...]
) -> None:
    """Register a client by its public key and print its id."""
    if insurer == (facility is not None):
        raise click.UsageError("Give either --facility CODE or --insurer.")
    try:
        jwk = json.loads(key_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.BadParameter("not a JSON file", param_hint="--key") from error
    if not isinstance(jwk, dict):
        raise click.BadParameter("not a JSON Web Key", param_hint="--key")
    with opened() as database, database.begin(GATEWAY) as session:
        added = clients.add(session, name, facility=facility, public_jwk=jwk, wanted=wanted, now=utcnow())
    put(added.id)


@client.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the clients as JSON.")
def list_clients(as_json: bool) -> None:
    """List the clients with their roles; keys are not shown."""
    with opened() as database, database.read(GATEWAY) as session:
        listed = [_listed(row) for row in clients.every(session)]
    if as_json:
        put(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in listed:
        put("\t".join(value or "-" for value in row.values()))


@client.command("revoke")
@click.argument("client_id")
def revoke_client(client_id: str) -> None:
    """Revoke a client; its tokens stop working at once."""
    with opened() as database, database.begin(GATEWAY) as session:
        clients.revoke(session, client_id, now=utcnow())


@main.group()
def members() -> None:
    """Load the register of members and covers."""


@members.command("import")
@click.argument("file", type=FILE)
def import_members(file: Path) -> None:
    """Import persons and covers from a CSV file: all rows or none."""
    with opened() as database, database.begin(GATEWAY) as session:
        imported = imports.import_members(session, file, now=utcnow())
    put(imported.covers)
    say(
        f"Đã nhập {imported.covers} thẻ BHYT.",
        f"Imported {imported.covers} {'cover' if imported.covers == 1 else 'covers'}.",
    )
    if imported.strangers:
        say(
            f"Lưu ý: {imported.strangers} người đăng ký khám chữa bệnh ban đầu tại cơ sở không có "
            "trong danh mục.",
            f"Warning: {imported.strangers} {'member is' if imported.strangers == 1 else 'members are'} "
            "registered at a facility that is not in the table.",
        )


@main.group()
def facilities() -> None:
    """Load the table of facilities."""


@facilities.command("import")
@click.argument("file", type=FILE)
def import_facilities(file: Path) -> None:
    """Import facilities from a CSV file: all rows or none."""
    with opened() as database, database.begin(GATEWAY) as session:
        count = imports.import_facilities(session, file)
    put(count)
    say(
        f"Đã nhập {count} cơ sở khám chữa bệnh.",
        f"Imported {count} {'facility' if count == 1 else 'facilities'}.",
    )


@main.group("months")
def settlement() -> None:
    """Close settlement months: their claims are neither taken nor changed any more."""


@settlement.command("close")
@click.argument("month", type=MONTH)
@click.option("--facility", help="The facility's code; default: all facilities.")
@OPERATOR
def close_month(month: datetime, facility: str | None, by: str) -> None:
    """Close a settlement month, such as 2026-09."""
    with opened() as database, database.begin(GATEWAY) as session:
        new = months.close(session, month.date(), facility=facility, by=by, now=utcnow())
    if not new:
        say("Kỳ này đã khóa từ trước.", "The month was closed before.")
        return
    vi, en = _scope(facility)
    say(f"Đã khóa kỳ {month:%Y-%m} cho {vi}.", f"{month:%Y-%m} is closed for {en}.")


@settlement.command("open")
@click.argument("month", type=MONTH)
@click.option("--facility", help="The facility's code; default: what was closed for all.")
@OPERATOR
def open_month(month: datetime, facility: str | None, by: str) -> None:
    """Open a settlement month again."""
    with opened() as database, database.begin(GATEWAY) as session:
        months.reopen(session, month.date(), facility=facility, by=by, now=utcnow())
    vi, en = _scope(facility)
    say(f"Đã mở lại kỳ {month:%Y-%m} cho {vi}.", f"{month:%Y-%m} is open again for {en}.")


@settlement.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the months as JSON.")
def list_months(as_json: bool) -> None:
    """List the closed months, the latest first; `*` is every facility."""
    with opened() as database, database.read(GATEWAY) as session:
        listed = [_closed(row) for row in months.every(session)]
    if as_json:
        put(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for row in listed:
        put("\t".join(row.values()))


def _scope(facility: str | None) -> tuple[str, str]:
    """Return for whom a month is closed or open, in both languages."""
    return (f"cơ sở {facility}", f"facility {facility}") if facility else ("mọi cơ sở", "all facilities")


def _listed(row: Client) -> dict[str, str | None]:
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "facility": row.facility,
        "created": in_vietnam(row.created_at),
        "revoked": in_vietnam(row.revoked_at) if row.revoked_at else None,
    }


def _closed(row: ClosedMonth) -> dict[str, str]:
    return {
        "month": f"{row.month:%Y-%m}",
        "facility": row.facility,
        "closed": in_vietnam(row.closed_at),
        "by": row.closed_by,
    }


main.add_command(portal_commands.portal)
