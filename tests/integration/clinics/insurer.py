"""The real gateway as processes of their own, with facility 33999 and no member."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clinics.pairing import load_key, make_key, write_public_jwk
from clinics.settings import save_settings
from demo import world
from demo.processes import Processes, call, free_port, program


@dataclass(frozen=True)
class Insurer:
    """A gateway that is set up: where it is to be served, and the environment of its programs."""

    port: int
    env: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def serving(self) -> list[str]:
        """The command that serves it."""
        return [program("tiepdon-gateway"), "serve", "--port", str(self.port)]


def found(folder: Path, desk: Path, *, trust: Path | None = None, database_url: str | None = None) -> Insurer:
    """Set up a gateway in `folder`, by default on SQLite, and pair the desk with this data directory."""
    world.write(folder / "world", 0, seed=1, today=datetime.now(UTC).date())
    trust = trust or folder / "trust"
    trust.mkdir(exist_ok=True)
    env = {
        "TIEPDON_GATEWAY_DATA_DIR": str(folder / "gateway"),
        "TIEPDON_GATEWAY_TRUST_DIR": str(trust),
    }
    if database_url:
        env["TIEPDON_GATEWAY_DATABASE_URL"] = database_url
    gateway = program("tiepdon-gateway")
    call([gateway, "init"], env=env)
    call([gateway, "facilities", "import", str(folder / "world" / "facilities.csv")], env=env)
    make_key(desk)
    public = folder / "desk.json"
    write_public_jwk(load_key(desk), public)
    added = call([gateway, "client", "add", "Desk", "--facility", "33999", "--key", str(public)], env=env)
    insurer = Insurer(free_port(0), env)
    save_settings(
        desk, gateway_url=insurer.url, facility="33999", client_id=added.strip(), trust_dir=str(trust)
    )
    return insurer


@contextmanager
def gateway_with_desk(folder: Path, desk: Path, *, training: Path | None = None) -> Iterator[str]:
    """Serve a new gateway in `folder`, pair the desk whose data directory is `desk`, give the address.

    With `training`, the training authority's directory of certificates, gateway and desk are for
    training cards; else none counts.
    """
    insurer = found(folder, desk, trust=training)
    with Processes(folder) as processes:
        command = [*insurer.serving, *(["--training"] if training else [])]
        env = {**os.environ, **insurer.env}
        processes.start("gateway", command, env=env, ready=f"{insurer.url}/readyz")
        yield insurer.url
