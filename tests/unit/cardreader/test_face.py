"""The face image out of DG2; layouts by hand after the standards (`faces`)."""

import pytest

from cardreader.errors import CardError, FaceUnsupported, MalformedData, OversizedData
from cardreader.lds.datagroups import MAX_GROUP_BYTES
from cardreader.lds.face import MAX_TEMPLATES, FaceImage, parse_face
from cardreader.lds.tlv import write_tlv
from tests.unit.cardreader.faces import CODESTREAM, JP2, JPEG, dg2, face, group, record, template


@pytest.mark.parametrize(
    ("image", "name"),
    [
        pytest.param(JPEG, "JPEG", id="JPEG"),
        pytest.param(JP2, "JPEG2000", id="JPEG 2000 file"),
        pytest.param(CODESTREAM, "JPEG2000", id="JPEG 2000 codestream"),
    ],
)
def test_the_image_comes_out_whole_with_its_format_and_stated_size(image: bytes, name: str) -> None:
    assert parse_face(dg2(image)) == FaceImage(name, image, width=192, height=256)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(group(template(record(face(points=3)))), id="after feature points"),
        pytest.param(group(template(record(face(), face(JP2)))), id="of several images"),
        pytest.param(group(template(record(face())), template(record(face(JP2)))), id="of several templates"),
        pytest.param(group(template(record(face()), tag=0x7F2E)), id="in a constructed block"),
        pytest.param(
            group(template(b"", biometric_type=8), template(record(face()))), id="behind a fingerprint"
        ),
        pytest.param(group(template(record(face(kind=1)))), id="with the other image type stated"),
    ],
)
def test_the_first_face_is_found(file: bytes) -> None:
    assert parse_face(file).data == JPEG


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(template(b"\xa1\x00", tag=0x7F2E, format_type=0x2A), id="named in the header"),
        pytest.param(template(b"\xa1\x02\x65\x00", tag=0x7F2E), id="by its envelope"),
        pytest.param(template(b"\x65\x00"), id="by its own tag"),
    ],
)
def test_the_newer_standard_is_named_as_unsupported(block: bytes) -> None:
    with pytest.raises(FaceUnsupported, match="39794-5") as raised:
        parse_face(group(block))
    assert raised.value.code == "card.face-unsupported"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(group(template(record(face(), version=b"030\x00"))), id="another version"),
        pytest.param(group(template(record(face(kind=2)))), id="another image type"),
        pytest.param(dg2(b"\x89PNG\r\n\x1a\n"), id="another image format"),
        pytest.param(dg2(b""), id="no image bytes"),
        pytest.param(group(template(b"", biometric_type=8)), id="fingerprints only"),
    ],
)
def test_what_is_well_formed_but_not_read_here_is_unsupported(file: bytes) -> None:
    with pytest.raises(FaceUnsupported):
        parse_face(file)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(write_tlv(0x61, b""), id="another data group"),
        pytest.param(dg2() + b"\x00", id="bytes left over"),
        pytest.param(write_tlv(0x75, write_tlv(0x7F61, b"")), id="an empty template group"),
        pytest.param(group(), id="no template"),
        pytest.param(group(template(record(face())), count=2), id="fewer templates than stated"),
        pytest.param(group(write_tlv(0x7F60, b"")), id="an empty template"),
        pytest.param(group(template(record(face()), tag=0x5F2F)), id="a block of another tag"),
        pytest.param(group(template(b"")), id="an empty record"),
        pytest.param(group(template(b"FIR\x00" + record(face())[4:])), id="a record of another kind"),
        pytest.param(group(template(record())), id="a record without image"),
        pytest.param(group(template(record(face(), length=30))), id="a record that states too few bytes"),
        pytest.param(group(template(record(face(), length=2**32 - 1))), id="a record of 4 GB"),
        pytest.param(group(template(record(face(length=2**32 - 1)))), id="a face of 4 GB"),
        pytest.param(group(template(record(face(length=0)))), id="a face of no bytes"),
        pytest.param(group(template(record(face(length=31)))), id="a face that ends in its header"),
        pytest.param(
            group(template(record(face()[:4] + b"\xff\xff" + face()[6:]))), id="more points than bytes"
        ),
    ],
)
def test_a_tag_count_or_length_that_does_not_fit_is_refused(file: bytes) -> None:
    with pytest.raises(MalformedData):
        parse_face(file)


def test_limits_are_named_and_held() -> None:
    one = template(record(face()))
    assert parse_face(group(*[one] * MAX_TEMPLATES)).data == JPEG
    with pytest.raises(OversizedData):
        parse_face(group(*[one] * (MAX_TEMPLATES + 1)))
    with pytest.raises(OversizedData):
        parse_face(bytes(MAX_GROUP_BYTES + 1))


def test_every_shortened_file_is_refused() -> None:
    whole = dg2()
    for length in range(len(whole)):
        with pytest.raises(CardError):
            parse_face(whole[:length])


def test_an_image_is_not_printed() -> None:
    assert "rest of a JPEG" not in repr(parse_face(dg2()))
