"""A desk with a trust list, the certificates offered to it, and `tiepdon-card trust` run on them."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from cryptography import x509

from cardreader.cli import main
from cardreader.proof.certificates import TRAINING_MARKER
from tests.unit.cardreader import issuing
from tests.unit.cardreader.issuing import Holder

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
YEARS = (NOW - 365 * DAY, NOW + 365 * DAY)
LATELY = (NOW - 9 * DAY, NOW - DAY)
MASTER_LIST_SIGNING = x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.136.1.1.3")])


def certify(name: str, **options: Any) -> Holder:
    return issuing.certify(name, **{"valid": YEARS, "country": "VN"} | options)


def list_signer(by: Holder, **options: Any) -> Holder:
    purpose: Any = ((MASTER_LIST_SIGNING, True),)
    return certify("Master list signer", by=by, **{"extensions": purpose} | options)


def revocation_list(by: Holder, *revoked: Holder, **options: Any) -> bytes:
    return issuing.revocation_list(by, *revoked, **{"valid": YEARS} | options)


ROOT = certify("CSCA", identified=True)
SECOND = certify("Second CSCA")
FOREIGN = certify("Foreign CSCA", country="YY")
NEXT = certify("CSCA", identified=True)
LINK = certify("CSCA", by=ROOT, key=NEXT.key, authority=True, identified=True)
NOWHERE = certify("Nowhere's CSCA", country="")
LIST_SIGNER = list_signer(ROOT)
TRAINING = certify("Training CSCA", unit=TRAINING_MARKER)


class Desk:
    """A folder with a trust list and the files that are offered to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trust = folder / "trust"

    def file(self, name: str, content: bytes | Holder) -> Path:
        path = self.folder / name
        path.write_bytes(content.der if isinstance(content, Holder) else content)
        return path

    def run(self, command: str, *arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["trust", command, *map(str, arguments), "--trust", str(self.trust)])

    def take(self, *arguments: str | Path) -> None:
        result = self.run("import", *arguments)
        assert result.exit_code == 0, result.output

    def refuses(self, code: str, *arguments: str | Path) -> str:
        """Assert that an import is refused for this reason and changes nothing; return what was said."""
        before = self.content()
        result = self.run("import", *arguments)
        assert result.exit_code == 5, result.output
        assert f"[{code}]" in result.stderr
        assert self.content() == before
        return result.stderr

    def pin(self, *holders: Holder, options: tuple[str, ...] = ()) -> None:
        self.take(*(self.file(f"{one.certificate.serial_number:x}.cer", one) for one in holders), *options)

    def held(self) -> dict[str, str]:
        """Return every fingerprint with its kind."""
        result = self.run("list", "--json", "--training")
        return {entry["fingerprint"]: entry["kind"] for entry in json.loads(result.stdout)}

    def place(self, *holders: Holder) -> None:
        """Lay files into the folder by hand, past every check of the import."""
        self.trust.mkdir(exist_ok=True)
        for holder in holders:
            (self.trust / f"{fingerprint(holder)[:8]}.cer").write_bytes(holder.der)

    def found(self, *options: str) -> tuple[int, list[str]]:
        result = self.run("check", "--json", *options)
        answer = json.loads(result.stdout)
        assert answer["ok"] == (result.exit_code == 0)
        return result.exit_code, [finding["code"] for finding in answer["findings"]]

    def content(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.trust.iterdir()} if self.trust.exists() else {}


def fingerprint(of: Holder | bytes) -> str:
    return sha256(of.der if isinstance(of, Holder) else of).hexdigest()


def colons(of: Holder) -> str:
    return bytes.fromhex(fingerprint(of)).hex(":").upper()
