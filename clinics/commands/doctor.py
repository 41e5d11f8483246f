"""`tiepdon-clinic doctor`: whether this desk can work, and what to do where it cannot."""

import json
from dataclasses import asdict

import click

from clinics.clock import utc_now
from clinics.doctor import examine
from clinics.exits import in_words, terminal
from clinics.settings import load_settings
from failures import failure
from failures.terminal import show_failure

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each part.")
def doctor(*, as_json: bool) -> None:
    """Look whether this desk can work, part by part; end with the status of the first that fails."""
    with in_words():
        settings = load_settings()
    status = 0
    for found in examine(settings, now=utc_now):
        if found.level == "fail":
            status = status or found.exit_code
        why = failure(found.code) if found.code else None
        if as_json:
            remedy = asdict(why.remedy) if why else None
            click.echo(json.dumps({**asdict(found), "remedy": remedy}, ensure_ascii=False))
            continue
        mark = click.style(f"{found.level:4}", fg=_COLORS[found.level])
        click.echo(f"{mark} {found.part:8} {found.detail}")
        if found.code:
            show_failure(found.code, terminal())
    raise SystemExit(status)
