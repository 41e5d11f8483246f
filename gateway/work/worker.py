"""One worker process: takes batches from the queue until it is told to stop, or its parent is gone."""

import logging.config
import os
import signal
import threading
from datetime import datetime, timedelta
from typing import NoReturn

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos import error as refused

from gateway import logs, memory
from gateway.errors import SetupError
from gateway.services import runtime, setup
from gateway.services.batch_work import Workshop
from gateway.settings import Settings
from gateway.store.away import FAULTS, is_away
from gateway.store.database import GATEWAY, Database
from gateway.store.work_queue import APPLICATION, BATCHES, SCHEMA, VERSION, url_of
from gateway.work import leases, slots, workflows
from gateway.work.forwarder import forwarding, sender_of
from gateway.work.gate import Gate

BATCHES_AT_ONCE = 4
"""Batches that one worker has under way: a large one does not hold up the small ones."""
POLLING_SECONDS = 0.5
STOP_SECONDS = 60.0
"""How long a worker that is to stop waits for the chunks it is storing."""
POOL_SIZE = 5
KEPT = timedelta(days=14)
"""How long the queue keeps what it knows of a batch that is worked off; our own rows keep theirs."""
PURGED_AT_ONCE = 100
"""Batches that one look at the queue forgets at most."""
_log = structlog.get_logger("gateway")


def run(settings: Settings, *, parent: int | None = None, version: str = VERSION) -> NoReturn:
    """Work until SIGTERM or SIGINT, or until the process `parent` is no longer ours, and end the process.

    Raises SetupError: `init` was not run, or a setting cannot be used.
    """
    logs.configure()
    logging.config.dictConfig(logs.STANDARD_LIBRARY)
    threading.excepthook = say_ended
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    held = runtime.start(settings)
    signers = setup.read_known_signers(settings)
    shop = Workshop(held.database, held.receipts, held.now, signers, settings.training)
    gate = Gate()
    with slots.hold_name(settings.data_dir / "workers") as name:
        with held.database.begin(GATEWAY) as session:
            leases.end(session, name)  # nobody else bears the name: what stands under it was left behind
            leases.renew(session, name, version, now=held.now())
        workflows.register(shop, gate)
        memory.settle()
        _launch(held.database, name, version)
        _try_again(version)
        _log.info("working", worker=name, version=version)
        upkeep = threading.Thread(
            target=_keep_up, args=(held.database, name, version, stop), name="upkeep", daemon=True
        )
        upkeep.start()
        secret, egress = held.keys.secret, settings.portal_egress
        with (
            sender_of(held.database, secret=secret, egress=egress) as sender,
            forwarding(sender, stop) as sends,
        ):
            while upkeep.is_alive() and sends() and not stop.wait(1.0):
                if parent is not None and os.getppid() != parent:
                    stop.set()
            told = stop.is_set()
            ended = gate.close(wait_seconds=STOP_SECONDS)
        upkeep.join(STOP_SECONDS)
        _leave(held.database, name)
        _log.info("stopped", worker=name, in_time=ended)
        os._exit(
            0 if told else 1
        )  # DBOS's threads stand before the closed gate, and what they hold is queued again


def say_ended(ended: threading.ExceptHookArgs) -> None:
    """Log that a thread ended by a fault: of what kind, never its words."""
    name = ended.thread.name if ended.thread else None
    _log.error("thread ended", thread=name, kind=ended.exc_type.__name__)


def _launch(database: Database, name: str, version: str) -> None:
    """Start DBOS's threads.

    Raises SetupError: its tables are not there, or older than this program.
    """
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url_of(database.engine),
        dbos_system_schema=SCHEMA,
        sys_db_pool_size=POOL_SIZE,
        executor_id=name,
        application_version=version,
        serializer=DBOSPortableJSONSerializer(),
        enable_otlp=False,
        log_level="WARNING",
        run_migrations=False,
    )
    DBOS(config=config)
    DBOS.listen_queues([BATCHES])
    try:
        DBOS.launch()
    except refused.DBOSInitializationError as error:
        raise SetupError("gateway.not-initialized", "the queue is not at this program's version") from error
    DBOS.register_queue(
        BATCHES,
        worker_concurrency=BATCHES_AT_ONCE,
        polling_interval_sec=POLLING_SECONDS,
        on_conflict="always_update",
    )


def _try_again(version: str) -> None:
    """Queue again what ended by a fault of this program: it may have been mended since."""
    for failed in DBOS.list_workflows(name=BATCHES, status="ERROR"):
        try:
            DBOS.rewind_workflow(failed.workflow_id, application_version=version, queue_name=BATCHES)
        except refused.DBOSException:  # another worker came first
            continue
        _log.warning("failed work queued again", batch=failed.workflow_id)


def _keep_up(database: Database, name: str, version: str, stop: threading.Event) -> None:
    """Renew the lease, and free what dead workers hold, until the worker stops."""
    while True:
        now = runtime.utcnow()
        try:
            _renew_and_reap(database, name, version, now)
            purge(before=now - KEPT)
        except FAULTS as error:
            if not is_away(error):
                raise
            _log.warning("database unavailable", cause=type(error).__name__)
        if stop.wait(leases.RENEWAL_SECONDS):
            return


def _renew_and_reap(database: Database, name: str, version: str, now: datetime) -> None:
    with database.begin(GATEWAY) as session:
        leases.renew(session, name, version, now=now)
        freed = leases.reap(session, version, now=now)
    if freed:
        _log.warning("work of dead workers queued again", batches=freed)


def purge(*, before: datetime) -> int:
    """Let the queue forget batches that ended well before a moment; return how many it was this time."""
    ended = DBOS.list_workflows(
        name=BATCHES,
        status="SUCCESS",
        completed_before=before.isoformat(),
        limit=PURGED_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    if ended:
        DBOS.delete_workflows([one.workflow_id for one in ended])
    return len(ended)


def _leave(database: Database, name: str) -> None:
    """Give back the lease and what was begun; where the database does not take it, the lease runs out."""
    try:
        with database.begin(GATEWAY) as session:
            leases.end(session, name)
    except FAULTS as error:
        _log.warning("lease not given back", cause=type(error).__name__)
