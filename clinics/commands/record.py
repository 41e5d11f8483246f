"""`tiepdon-clinic record`: what a facility does with one record that the gateway has."""

from typing import get_args

import click

from bhyt.records.content import RecordKind
from clinics.clock import utc_now
from clinics.exits import in_words
from clinics.gateway_client import Gateway
from clinics.pairing import load_key
from clinics.settings import load_settings


@click.group()
def record() -> None:
    """Work on one record that was sent."""


@record.command()
@click.argument("kind", type=click.Choice(get_args(RecordKind)))
@click.argument("key")
@click.option("--reason", required=True, metavar="TEXT", help="Why, in up to 200 characters.")
def cancel(*, kind: str, key: str, reason: str) -> None:
    """Withdraw the record of this KIND under KEY: MA_LK, or a certificate's number; exit 5 when refused."""
    with in_words():
        settings = load_settings()
        settings.require_paired()
        with Gateway(settings, load_key(settings.data_dir), now=utc_now) as gateway:
            cancelled = gateway.cancel(kind, key, reason=reason)
    click.echo(f"Đã hủy hồ sơ {key}; chỉ có hiệu lực lại nếu gửi lại kèm lý do.", err=True)
    click.echo(f"{key} is cancelled; it stands again only when it is sent with a reason.", err=True)
    click.echo(f"{cancelled.location}\t{cancelled.at}")
