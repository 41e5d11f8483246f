"""A folder of trusted certificates with anything in it is read or refused, never a crash."""

import base64
import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from cardreader.errors import TrustUnreadable
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import certify

CERTIFICATE = certify("CSCA").der


def armored(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


CHANGED = st.tuples(st.integers(0, len(CERTIFICATE) - 1), st.binary(max_size=4)).map(
    lambda change: CERTIFICATE[: change[0]] + change[1] + CERTIFICATE[change[0] + len(change[1]) :]
)
FILES = st.binary(max_size=200) | CHANGED | CHANGED.map(armored)


@given(st.dictionaries(st.sampled_from(["a.cer", "b.pem", "c.der", "d.crt", "e.txt"]), FILES, max_size=3))
def test_any_folder_is_a_trust_store_or_unreadable(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        with contextlib.suppress(TrustUnreadable):
            assert TrustStore.from_directory(Path(folder)).count <= 2 * len(files)
