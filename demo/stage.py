"""Sets the stage: the invented province, a training authority, the gateway and one paired desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from joserfc.jwk import ECKey

from bhyt.records.dates import VIETNAM
from cardreader.proof.trust import TrustStore
from clinics.checkin import Desk
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox
from clinics.pairing import load_key
from clinics.settings import ClinicSettings, load_settings
from demo import world
from demo.cards import CardMaker, InProcessCards, VirtualReaderCards, card_table
from demo.insurer import Insurer, InsurerKey
from demo.processes import Processes, call, free_port, program

GATEWAY_PORT = 8700
DESK_PORT = 8765


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that the story needs, running."""

    folder: Path
    maker: CardMaker
    cards: VirtualReaderCards | InProcessCards
    desk: Desk
    desk_client_id: str
    desk_key: ECKey = field(repr=False)
    insurer: Insurer
    gateway_url: str
    desk_url: str | None
    clinic_env: dict[str, str]


@contextmanager
def set_stage(folder: Path, *, members: int, seed: int) -> Iterator[Stage]:
    """Yield the stage; when the block ends, so does every process, and `folder` may be removed.

    Raises DemoFailed: a program did not come up, or refused its set-up.
    """
    world.write(folder / "world", members, seed=seed, today=today())
    maker = CardMaker(folder / "training", now=now())
    trust = folder / "training" / "trust"
    with Processes(folder) as processes, card_table(maker) as cards:
        gateway_url = _start_gateway(processes, folder, trust)
        clinic_env = {"TIEPDON_CLINIC_DATA_DIR": str(folder / "clinic")}
        settings = _pair_desk(folder, gateway_url, trust, clinic_env)
        desk_key = load_key(settings.data_dir)
        insurer_key = InsurerKey(folder / "insurer.json")
        insurer_id = _add_client(folder, "Insurer", ["--insurer"], insurer_key.public_file)
        desk_url = _start_desk(processes, clinic_env, cards.reader_name())
        with (
            Insurer(gateway_url, insurer_id, insurer_key) as insurer,
            Gateway(settings, desk_key, now=now) as gateway,
            Outbox.open(settings.data_dir) as outbox,
        ):
            desk = Desk(
                facility=world.SAMPLE_FACILITY,
                trust=TrustStore.from_directory(trust, training=True),
                gateway=gateway,
                outbox=outbox,
                now=now,
            )
            yield Stage(
                folder=folder,
                maker=maker,
                cards=cards,
                desk=desk,
                desk_client_id=settings.client_id,
                desk_key=desk_key,
                insurer=insurer,
                gateway_url=gateway_url,
                desk_url=desk_url,
                clinic_env=clinic_env,
            )


def now() -> datetime:
    """Return this moment; the demo happens today."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day it is at the desk."""
    return now().astimezone(VIETNAM).date()


def _start_gateway(processes: Processes, folder: Path, trust: Path) -> str:
    gateway, env = program("tiepdon-gateway"), _gateway_env(folder, trust)
    call([gateway, "init"], env=env)
    call([gateway, "facilities", "import", str(folder / "world" / "facilities.csv")], env=env)
    call([gateway, "members", "import", str(folder / "world" / "members.csv")], env=env)
    port = free_port(GATEWAY_PORT)
    url = f"http://127.0.0.1:{port}"
    serve = [gateway, "serve", "--port", str(port), "--training"]
    processes.start("gateway", serve, env=env, ready=f"{url}/readyz")
    return url


def _pair_desk(folder: Path, gateway_url: str, trust: Path, env: dict[str, str]) -> ClinicSettings:
    clinic, public_key = program("tiepdon-clinic"), folder / "desk.json"
    place = ["--gateway", gateway_url, "--facility", world.SAMPLE_FACILITY, "--public-key", str(public_key)]
    call([clinic, "pair", *place, "--trust", str(trust), "--training"], env=env)
    client_id = _add_client(folder, "Desk 1 of 33999", ["--facility", world.SAMPLE_FACILITY], public_key)
    call([clinic, "pair", "--client-id", client_id], env=env)
    return load_settings(folder / "clinic")


def _add_client(folder: Path, name: str, role: list[str], public_key: Path) -> str:
    command = [program("tiepdon-gateway"), "client", "add", name, *role, "--key", str(public_key)]
    return call(command, env=_gateway_env(folder, folder / "training" / "trust")).strip()


def _gateway_env(folder: Path, trust: Path) -> dict[str, str]:
    return {"TIEPDON_GATEWAY_DATA_DIR": str(folder / "gateway"), "TIEPDON_GATEWAY_TRUST_DIR": str(trust)}


def _start_desk(processes: Processes, env: dict[str, str], reader: str | None) -> str | None:
    """Start the desk page where there is a reader for it; it answers on localhost only."""
    if reader is None:
        return None
    port = free_port(DESK_PORT)
    url = f"http://127.0.0.1:{port}"
    command = [program("tiepdon-clinic"), "desk", "--port", str(port)]
    processes.start("desk", command, env={**env, "TIEPDON_CLINIC_READER": reader}, ready=f"{url}/sign-in")
    return url
