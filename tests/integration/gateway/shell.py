"""What tests of the commands share: an operator's files, and what then stands in the register."""

from pathlib import Path

from sqlalchemy import select

from gateway.store.database import Caller, Database
from gateway.store.tables_register import Member

INSURER = Caller("insurer", "test")


def write(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def members(tmp_path: Path) -> list[Member]:
    database = Database(f"sqlite:///{tmp_path / 'data' / 'tiepdon.sqlite'}")
    with database.begin(INSURER) as session:
        found = list(session.scalars(select(Member)))
    database.dispose()
    return found
