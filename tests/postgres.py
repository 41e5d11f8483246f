"""A private PostgreSQL 15 for one test session: own folder, unix socket only, never as root."""

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

BINARIES = Path("/usr/lib/postgresql/15/bin")
OWNER = "gateway_owner"


def available() -> bool:
    """Say whether Debian's PostgreSQL 15 is installed."""
    return (BINARIES / "initdb").exists()


@dataclass
class Cluster:
    """A running server; databases are made from a template, each for one test."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)
    _ahead: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _copies: dict[str, Future[str]] = field(default_factory=dict)

    @property
    def trace(self) -> Path:
        """What the server did, if it is traced."""
        return self.folder / "trace"

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database, as the owner of its tables (no superuser)."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """Make a database like `template` and return its name."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
                )
            )
        return name

    def copy(self, template: str) -> str:
        """As `create`, of a template that is finished: while this copy is used, the next one is made."""
        made = self._copies.get(template)
        name = made.result() if made else self.create(template)
        self._copies[template] = self._ahead.submit(self.create, template)
        return name

    def leave(self) -> None:
        """Make no copy any more."""
        self._ahead.shutdown(cancel_futures=True)

    def drop(self, name: str) -> None:
        """Drop a database, ending whoever is still in it."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def cluster(traced: Callable[[Path], Sequence[str]] | None = None) -> Iterator[Cluster]:
    """Start a server in a temporary folder and stop it at the end.

    It does not sync, to be quick, unless it is traced: `traced` returns the tracing command for a log.
    """
    folder = Path(tempfile.mkdtemp(prefix="tiepdon-pg-"))
    user = _server_user()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        _run(user, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        sync = "on" if traced else "off"
        options = f"-k {folder} -c listen_addresses='' -c fsync={sync} -c max_connections=50"
        server = ["-p", _wrapped(folder, traced(folder / "trace"))] if traced else []
        _run(user, "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, *server, "-w", "start")
        try:
            with psycopg.connect(
                host=str(folder), user="postgres", dbname="postgres", autocommit=True
            ) as admin:
                admin.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE NOSUPERUSER")
            running = Cluster(folder)
            try:
                yield running
            finally:
                running.leave()
        finally:
            _run(user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _wrapped(folder: Path, tracer: Sequence[str]) -> Path:
    """Write a program that becomes the server, with the tracer as its grandchild (strace -D)."""
    file = folder / "postgres"
    name, *options = tracer
    command = shlex.join([name, "-D", *options, str(BINARIES / "postgres")])
    file.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    file.chmod(0o755)
    return file


def _server_user() -> str | None:
    """The account to run the server with: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(user: str | None, program: str, *arguments: str | Path) -> None:
    command: Sequence[str | Path] = [BINARIES / program, *arguments]
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        extra_groups=[] if user else None,
        cwd="/",
    )
