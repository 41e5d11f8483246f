"""`tiepdon-clinic pair`: one desk becomes one client of the gateway."""

from pathlib import Path

import click

from clinics.errors import NotPaired
from clinics.exits import in_words
from clinics.pairing import PUBLIC_FILE, load_key, make_key, write_public_jwk
from clinics.settings import (
    ClinicSettings,
    check_settings,
    data_directory,
    load_settings,
    require_secure,
    save_settings,
)

_KEPT = "Giữ khóa đã có của máy này. / Kept the key of this desk."


@click.command()
@click.option("--gateway", "gateway_url", metavar="URL", help="The insurer's gateway, https://...")
@click.option("--facility", metavar="CODE", help="This facility's five-character code.")
@click.option("--client-id", metavar="ID", help="What the insurer gave for the public key.")
@click.option(
    "--public-key", metavar="OUT.json", type=click.Path(dir_okay=False, writable=True, path_type=Path)
)
@click.option(
    "--trust",
    "trust_dir",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The pinned country signing certificates.",
)
@click.option("--training/--no-training", default=None, help="Accept training cards.")
def pair(
    *,
    gateway_url: str | None,
    facility: str | None,
    client_id: str | None,
    public_key: Path | None,
    trust_dir: Path | None,
    training: bool | None,
) -> None:
    """Make this desk's key and write its public half for the insurer; later, enter the client id."""
    given = {
        "gateway_url": gateway_url,
        "facility": facility,
        "client_id": client_id,
        "trust_dir": str(trust_dir.resolve()) if trust_dir else None,
        "training": training,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes and public_key is None:
        raise click.UsageError("thiếu / nothing to pair: --gateway, --facility; --client-id")
    with in_words():
        directory = data_directory()
        known = check_settings(directory, **changes)
        if client_id is not None and not (known.gateway_url and known.facility):
            raise NotPaired("--gateway and --facility come before --client-id")
        if known.gateway_url:
            require_secure(known.gateway_url)
        made = make_key(directory)
        out = public_key or directory / PUBLIC_FILE
        write_public_jwk(load_key(directory), out)
        save_settings(directory, **changes)
        settings = load_settings(directory)
    click.echo(str(out))
    for line in ("Đã tạo khóa mới. / Made a new key." if made else _KEPT, _next_step(settings)):
        click.echo(line, err=True)


def _next_step(settings: ClinicSettings) -> str:
    if settings.paired:
        return (
            "Máy này đã ghép nối; thử bằng “tiepdon-clinic doctor”. / "
            "This desk is paired; `tiepdon-clinic doctor` tries it."
        )
    wanted = {"--gateway URL": settings.gateway_url, "--facility CODE": settings.facility}
    missing = " ".join(option for option, value in wanted.items() if not value)
    if missing:
        return f"Bước tiếp theo / Next: tiepdon-clinic pair {missing}"
    return (
        "Gửi tệp khóa công khai cho cơ quan BHXH, rồi chạy / "
        "Give the public key file to the insurer, then run: tiepdon-clinic pair --client-id ID"
    )
