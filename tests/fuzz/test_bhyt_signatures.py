"""Whatever stands in a signed file or in the table of signers: a known answer, and never a false "valid"."""

import contextlib
import re
from base64 import b64encode
from datetime import date

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from bhyt.errors import RecordsError, SignersUnreadable
from bhyt.national import read_file
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_document, sign_file
from bhyt.national.signature_signers import Signer, Signers, judge
from bhyt.national.signature_table import read_signers
from bhyt.records.content import Record
from failures import all_failures
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import SIGNED_AT, TAX_CODE, authority, hospital

ROOT = authority()
KEY = hospital(ROOT)
CERTIFICATE = KEY.certificate.public_bytes(Encoding.DER)
SIGNERS = Signers((Signer("33999", tax_code=TAX_CODE),), (ROOT.certificate,))
SIGNED = tuple(sign_file(file, KEY, signed_at=SIGNED_AT) for file in (CHECK_IN, DEATH_NOTICE))
PIECES = sorted({piece for file in SIGNED for piece in re.findall(rb"<[^>]*>|[^<]+", file)})
MORE = [
    b'Id="a"',
    b'<Object Id="a">',
    b"</Object>",
    b"<HOSO/>",
    b"<!-- x -->",
    b"<?x?>",
    b"&x;",
    b"<![CDATA[x]]>",
]


def records(data: bytes) -> tuple[Record, ...] | None:
    with contextlib.suppress(RecordsError):
        return read_file(data).records
    return None


READ = [records(file) for file in SIGNED]


@st.composite
def rearranged(draw: st.DrawFn) -> tuple[int, bytes]:
    """A signed file with elements of any of them cut out, moved, repeated or put in."""
    number = draw(st.integers(0, len(SIGNED) - 1))
    pieces = re.findall(rb"<[^>]*>|[^<]+", SIGNED[number])
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(pieces)))
        end = start + draw(st.integers(0, 8))
        taken = pieces[start:end]
        pieces[start:end] = draw(
            st.just([]) | st.just(taken * 2) | st.lists(st.sampled_from(PIECES + MORE), max_size=3)
        )
        place = draw(st.integers(0, len(pieces)))
        pieces[place:place] = draw(st.just([]) | st.just(taken))
    return number, b"".join(pieces)


@given(rearranged())
def test_a_rearranged_file_is_not_valid_or_says_the_same(case: tuple[int, bytes]) -> None:
    number, data = case
    found = verify_signature(data)
    judged = judge(found, facility="33999", signers=SIGNERS, on=SIGNED_AT.date())
    assert judged.code is None or judged.code in all_failures()
    if judged.status == "valid":
        assert records(data) in (None, READ[number])


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: SIGNED[0].replace(b"<STT>", data)))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert verify_signature(data).status in {"none", "broken", "unsupported"}


@given(st.integers(0, len(CERTIFICATE)), st.integers(0, 20), st.binary(max_size=20))
def test_any_certificate_has_an_answer(start: int, length: int, put: bytes) -> None:
    changed = CERTIFICATE[:start] + put + CERTIFICATE[start + length :]
    data = SIGNED[0].replace(b64encode(CERTIFICATE), b64encode(changed))
    judged = judge(verify_signature(data), facility="33999", signers=SIGNERS, on=SIGNED_AT.date())
    assert (judged.status == "valid") == (changed == CERTIFICATE)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(
        lambda text: b"<HSDLGBT><A>" + text.encode("utf-8", "replace") + b"</A></HSDLGBT>"
    )
)
def test_signing_anything_gives_a_valid_file_or_an_error_of_ours(document: bytes) -> None:
    with contextlib.suppress(RecordsError):
        assert verify_signature(sign_document(document, KEY, signed_at=SIGNED_AT)).status == "valid"


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"facility,organization\n33999,{text}".encode())
)
def test_any_table_of_signers_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    table = tmp_path_factory.getbasetemp() / "signers.csv"
    table.write_bytes(data)
    with contextlib.suppress(SignersUnreadable):
        assert all(isinstance(one.valid_to, date) for one in read_signers(table, None).known)
