"""The real gateway as a process of its own, with facility 33999 and no member."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from clinics.pairing import load_key, make_key, write_public_jwk
from clinics.settings import save_settings
from demo import world
from demo.processes import Processes, call, free_port, program


@contextmanager
def gateway_with_desk(
    folder: Path, desk: Path, *, wrapper: tuple[str, ...] = (), training: Path | None = None
) -> Iterator[str]:
    """Serve a new gateway in `folder`, pair the desk whose data directory is `desk`, give the address.

    `wrapper` is put before the serving command: strace, for one. With `training`, the training
    authority's directory of certificates, gateway and desk are for training cards; else none counts.
    """
    world.write(folder / "world", 0, seed=1, today=datetime.now(UTC).date())
    trust = training or folder / "trust"
    trust.mkdir(exist_ok=True)
    env = {
        "TIEPDON_GATEWAY_DATA_DIR": str(folder / "gateway"),
        "TIEPDON_GATEWAY_TRUST_DIR": str(trust),
    }
    gateway = program("tiepdon-gateway")
    call([gateway, "init"], env=env)
    call([gateway, "facilities", "import", str(folder / "world" / "facilities.csv")], env=env)
    make_key(desk)
    public = folder / "desk.json"
    write_public_jwk(load_key(desk), public)
    added = call([gateway, "client", "add", "Desk", "--facility", "33999", "--key", str(public)], env=env)
    port = free_port(0)
    url = f"http://127.0.0.1:{port}"
    save_settings(desk, gateway_url=url, facility="33999", client_id=added.strip(), trust_dir=str(trust))
    with Processes(folder) as processes:
        command = [*wrapper, gateway, "serve", "--port", str(port), *(["--training"] if training else [])]
        command += ["--no-worker"] if wrapper else []  # whoever watches watches the web processes
        processes.start("gateway", command, env={**os.environ, **env}, ready=f"{url}/readyz")
        yield url
