"""What is stored of a file is what the file shows; cut otherwise, it is refused and may be sent again."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes

from bhyt.national.signature_making import sign_enveloped
from bhyt.national.signature_signers import Signer, Signers
from gateway.store.database import GATEWAY
from tests.integration.gateway.parcels import (
    Parcel,
    claims_file,
    create,
    cut,
    lines,
    receipts,
    send,
    work_off,
    workshop,
)
from tests.integration.gateway.world import HERE, World, claim
from tests.unit.bhyt.signers import hospital

SIGNER = hospital()
VISITS = [f"LK-{number}" for number in range(1, 5)]
DOSSIERS = cut(claims_file(*VISITS), per_chunk=1)
HEAD, TAIL, (A, B, C, D) = DOSSIERS.head, DOSSIERS.tail, DOSSIERS.chunks


def assert_refused_and_free(world: World, parcel: Parcel) -> None:
    """Nothing of the file is stored, and the same bytes may be announced anew."""
    batch = send(world, parcel)
    status = work_off(world, batch)
    assert (status["state"], status["code"], status["original"]) == ("refused", "batch.not-the-file", None)
    assert receipts(world, batch) == []
    assert create(world, parcel).status_code == 201


def xml(*chunks: bytes, head: bytes = HEAD, tail: bytes = TAIL, records: list[int] | None = None) -> Parcel:
    return Parcel(list(chunks), head, tail, records or [1] * len(chunks), "xml")


@pytest.mark.parametrize(
    "parcel",
    [
        xml(A + b"<![CDATA[", B, tail=b"<![CDATA[ ]]>" + TAIL),
        xml(A + b"<!--", B, tail=b"<!-- -->" + TAIL),
        xml(A, B, tail=C + TAIL),
        xml(B, C, head=HEAD + A),
        xml(A, B.replace(b"<HOSO>", b"<hoso>").replace(b"</HOSO>", b"</hoso>")),
        xml(A, B + b"</DANHSACHHOSO><DANHSACHHOSO>", C),
        xml(A, B[: len(B) // 2], B[len(B) // 2 :] + C, records=[1, 1, 1]),
        xml(A, b" ", B, records=[1, 1, 1]),
    ],
    ids=[
        "hidden in CDATA",
        "hidden in a comment",
        "a record in the tail",
        "a record in the head",
        "a record under another name",
        "a second list",
        "cut within a record",
        "a chunk without a record",
    ],
)
def test_a_file_that_does_not_show_what_its_chunks_hold_is_refused(world: World, parcel: Parcel) -> None:
    assert_refused_and_free(world, parcel)


def test_no_signature_vouches_for_a_record_that_the_signed_file_hides(world: World) -> None:
    open_at, close_at = A + b"<![CDATA[", b"<![CDATA[ ]]>"
    signed = sign_enveloped(HEAD + open_at + B + close_at + TAIL, SIGNER)
    head, tail = signed[: signed.index(A)], signed[signed.index(close_at) :]
    parcel = xml(open_at, B, head=head, tail=tail)
    assert parcel.data == signed
    batch = send(world, parcel)
    named = Signer(HERE, fingerprint=SIGNER.certificate.fingerprint(hashes.SHA256()))
    status = work_off(world, batch, shop=replace(workshop(world), signers=Signers((named,))))
    assert (status["state"], status["signature"]) == ("refused", None)


def test_a_wrong_count_of_records_is_refused_and_the_right_one_is_stored_afterwards(world: World) -> None:
    assert_refused_and_free(world, xml(A + B, records=[1]))
    right = send(world, xml(A, B))
    assert work_off(world, right)["counts"]["stored"] == 2


@pytest.mark.parametrize(
    ("before", "behind"),
    [(b"", b""), (b"\n\n", b""), (b"", b"<!-- a remark --> "), (b"<?a b?>", b"<![CDATA[ ]]>")],
    ids=["as our uploader cuts", "blanks before", "a remark", "what means nothing"],
)
def test_what_stands_between_two_records_may_be_in_either_chunk(
    world: World, before: bytes, behind: bytes
) -> None:
    batch = send(world, xml(before + A + behind, before + B + C + behind, records=[1, 2]))
    assert work_off(world, batch)["counts"]["stored"] == 3


ONE, TWO = (lines(claim(visit)).data for visit in ("LK-1", "LK-2"))


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel([ONE + TWO], records=[1]),
        Parcel([ONE.rstrip(b"\n"), TWO], records=[1, 1]),
        Parcel([ONE[:40], ONE[40:] + TWO], records=[1, 1]),
        Parcel([ONE], head=TWO),
        Parcel([ONE], tail=TWO),
    ],
    ids=["a wrong count", "two lines that are one", "a line in two chunks", "a head", "a tail"],
)
def test_lines_that_the_file_does_not_show_are_refused(world: World, parcel: Parcel) -> None:
    assert_refused_and_free(world, parcel)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_national_one_is_refused_while_others_write(world: World) -> None:
    """What an announcement holds is read before its transaction, which on SQLite waits for every other."""
    world.token("desk")
    with world.database.begin(GATEWAY):
        assert create(world, xml(A, head=b"<HTML>")).status_code == 422
