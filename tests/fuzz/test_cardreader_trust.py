"""A trust list with anything in it, or anything offered to it, is read, taken or refused, never a crash."""

import base64
import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from cardreader.cli import main
from cardreader.errors import CardError, MalformedData, TrustUnreadable
from cardreader.lds.master_list import MAX_MASTER_LIST_CERTIFICATES, parse_master_list
from cardreader.lds.tlv import write_tlv
from cardreader.proof.revocation import MAX_REVOKED, parse_revocation_list
from cardreader.proof.trust import TrustStore
from tests.unit.cardreader.issuing import certify, master_list, revocation_list, signed_message
from tests.unit.cardreader.trust_desk import LIST_SIGNER, ROOT, SECOND

CERTIFICATE = certify("CSCA").der
MASTER_LIST = master_list(LIST_SIGNER, SECOND, ROOT)
REVOKED = revocation_list(ROOT, SECOND, LIST_SIGNER)
NAMES = ["a.cer", "b.pem", "c.der", "d.crt", "e.crl", "f.txt", "g.ml"]


def armored(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def changed(data: bytes) -> st.SearchStrategy[bytes]:
    """Return `data` with up to four bytes replaced, anywhere."""
    noise = st.tuples(st.integers(0, len(data) - 1), st.binary(max_size=4))
    return noise.map(lambda one: data[: one[0]] + one[1] + data[one[0] + len(one[1]) :])


FILES = st.one_of(
    st.binary(max_size=200),
    changed(CERTIFICATE),
    changed(CERTIFICATE).map(armored),
    changed(MASTER_LIST),
    changed(REVOKED),
)
FOLDERS = st.dictionaries(st.sampled_from(NAMES), FILES, max_size=3)


@given(FOLDERS)
def test_any_folder_is_a_trust_store_or_unreadable(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        with contextlib.suppress(TrustUnreadable):
            assert TrustStore.from_directory(Path(folder)).count <= 2 * len(files)


@given(FOLDERS)
def test_whatever_is_offered_is_taken_or_refused_and_what_is_taken_can_be_read(
    files: dict[str, bytes],
) -> None:
    with TemporaryDirectory() as folder:
        trust = ["--trust", str(Path(folder) / "trust")]
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        paths = [str(Path(folder) / name) for name in files]
        result = CliRunner().invoke(main, ["trust", "import", *paths, *trust], catch_exceptions=False)
        assert result.exit_code in (0, 2, 5)
        assert result.exit_code == 0 or not (Path(folder) / "trust").exists()
        for command in ("list", "check"):
            shown = CliRunner().invoke(main, ["trust", command, *trust], catch_exceptions=False)
            assert shown.exit_code in ((0, 5) if (Path(folder) / "trust").exists() else (2,))


@given(changed(MASTER_LIST) | st.binary(max_size=300))
@example(b"\x30\x84\xff\xff\xff\xff")
def test_only_our_errors_come_out_of_a_master_list(data: bytes) -> None:
    with contextlib.suppress(MalformedData):
        assert len(parse_master_list(data).certificates) <= MAX_MASTER_LIST_CERTIFICATES


@given(st.binary(max_size=300))
def test_only_our_errors_come_out_of_a_master_lists_content(content: bytes) -> None:
    for body in (content, write_tlv(0x30, b"\x02\x01\x00" + write_tlv(0x31, content))):
        with contextlib.suppress(MalformedData):
            parse_master_list(signed_message(body, LIST_SIGNER, content_type="2.23.136.1.1.2"))


@given(changed(REVOKED) | st.binary(max_size=300))
@example(b"\x30\x84\xff\xff\xff\xff")
def test_only_our_errors_come_out_of_a_revocation_list(data: bytes) -> None:
    with contextlib.suppress(CardError):
        assert len(parse_revocation_list(data).serials) <= MAX_REVOKED
