"""A gateway in its own process, on a free port, for tests that kill or watch it."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from bhyt.r4.wire import write
from gateway.services import clients, imports, setup
from gateway.settings import Settings
from gateway.store.database import GATEWAY, Database
from tests.integration.gateway.parcels import Parcel, digest
from tests.integration.gateway.world import ASSERTION_TYPE, FACILITIES, HERE

ROOT = Path(__file__).parents[3]


class ServedGateway:
    """`tiepdon-gateway serve`, with one client of facility 33999; alone unless with a `worker`.

    On SQLite, unless the `database_url` of an empty database is given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        under: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        worker: bool = False,
        database_url: str | None = None,
    ) -> None:
        self.folder, self.under, self.options, self.worker = folder, under, options, worker
        self.settings = Settings(data_dir=folder / "data", database_url=database_url)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self.key = ECKey.generate_key("P-384")
        setup.initialize(self.settings, today=datetime.now(UTC).date())
        self.client_id = self._add_client()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        self.http.close()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        command = [*self.under, sys.executable, "-m", "gateway", "serve", "--port", str(self.port)]
        command += [*self.options] if self.worker else [*self.options, "--no-worker"]
        environment = os.environ | {"TIEPDON_GATEWAY_DATA_DIR": str(self.settings.data_dir)}
        environment["TIEPDON_GATEWAY_TRAINING"] = "true"
        if self.settings.database_url:
            environment["TIEPDON_GATEWAY_DATABASE_URL"] = self.settings.database_url
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(400):
            try:
                if self.http.get("/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text(encoding="utf-8"))

    def stop(self) -> int:
        """Ask the process to end and return its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def workers(self) -> list[int]:
        """The ids of the workers that are this process's own children."""
        return [pid for pid in self.children() if b"\0work\0" in _command_of(pid)]

    def children(self) -> list[int]:
        """The ids of this process's own children: workers and web processes."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for file in tasks for pid in file.read_text(encoding="ascii").split()]

    def kill(self) -> None:
        """Kill the process and its workers as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=15)

    def token(self) -> str:
        """Get an access token."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": f"{self.url}/auth/token"}
        claims |= {"exp": now + 240, "jti": f"{time.monotonic_ns()}"}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode({"alg": "ES384"}, claims, self.key, algorithms=["ES384"]),
        }
        answer = self.http.post("/auth/token", data=form)
        assert answer.status_code == httpx.codes.OK, answer.text
        token: str = answer.json()["access_token"]
        return token

    def post(self, path: str, body: dict[str, Any], token: str, **headers: str) -> httpx.Response:
        """Post a FHIR resource."""
        said = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, content=write(body), headers=said)

    def send(self, parcel: Parcel, token: str) -> str:
        """Announce, send and commit a file; return its batch's id."""
        said = {"Authorization": f"Bearer {token}"}
        answer = self.http.post("/batches", json=parcel.announced(), headers=said)
        assert answer.status_code in {200, 201}, answer.text
        batch: str = answer.json()["batch"]
        for number, (data, records) in enumerate(zip(parcel.chunks, parcel.records, strict=True), start=1):
            headers = said | {"Content-Type": "application/octet-stream", "Repr-Digest": digest(data)}
            headers["Tiepdon-Records"] = str(records)
            put = self.http.put(f"/batches/{batch}/chunks/{number}", content=data, headers=headers)
            assert put.status_code in {200, 201}, put.text
        answer = self.http.post(f"/batches/{batch}/commit", headers=said)
        assert answer.status_code == 202, answer.text
        return batch

    def finished(self, batch: str, token: str) -> dict[str, Any]:
        """Wait until a batch is worked off and return its status."""
        for _ in range(1200):
            answer = self.http.get(f"/batches/{batch}", headers={"Authorization": f"Bearer {token}"})
            status: dict[str, Any] = answer.json()
            if status["closed"]:
                return status
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text(encoding="utf-8"))

    def _add_client(self) -> str:
        file = self.folder / "facilities.csv"
        file.write_text("\n".join(FACILITIES), encoding="utf-8")
        database = Database(self.settings.database)
        with database.begin(GATEWAY) as session:
            imports.import_facilities(session, file)
            jwk = self.key.as_dict(private=False)
            now = datetime.now(UTC)
            added = clients.add(session, "desk", facility=HERE, public_jwk=jwk, wanted=(), now=now)
        database.dispose()
        return added.id


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""
