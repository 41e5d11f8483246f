"""Whatever stands in DG2: an image of bounded size or an error of ours."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.lds.face import parse_face
from cardreader.lds.tlv import write_tlv
from tests.unit.cardreader.faces import CODESTREAM, JP2, JPEG, face, group, record, template

IMAGES = st.sampled_from([JPEG, JP2, CODESTREAM, b"", b"\xff\xd8"])
FACES = st.builds(
    face,
    IMAGES,
    points=st.integers(0, 40),
    kind=st.integers(0, 3),
    length=st.none() | st.integers(0, 2**32 - 1),
)
RECORDS = st.builds(
    lambda faces, length: record(*faces, length=length),
    st.lists(FACES, max_size=3),
    st.none() | st.integers(0, 2**32 - 1),
)
TEMPLATES = st.builds(
    template,
    RECORDS | st.binary(max_size=80),
    tag=st.sampled_from([0x5F2E, 0x7F2E, 0x5F2F]),
    biometric_type=st.integers(0, 9),
    format_type=st.sampled_from([0, 8, 0x2A, 0xFFFF]),
)
GROUPS = st.builds(
    lambda templates, count: group(*templates, count=count),
    st.lists(TEMPLATES, max_size=11),
    st.none() | st.integers(0, 255),
)


def image_within(file: bytes) -> None:
    with contextlib.suppress(CardError):
        image = parse_face(file)
        assert image.data in file and image.format in {"JPEG", "JPEG2000"}


@given(GROUPS)
def test_a_face_out_of_templates_of_any_shape_is_a_part_of_its_file(file: bytes) -> None:
    image_within(file)


@given(GROUPS, st.data())
def test_a_face_out_of_a_file_with_a_changed_byte_is_a_part_of_it(file: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(file) - 1))
    image_within(file[:at] + bytes([data.draw(st.integers(0, 255))]) + file[at + 1 :])


@given(st.binary(max_size=300))
def test_a_face_out_of_any_bytes_is_a_part_of_them(data: bytes) -> None:
    image_within(data)
    image_within(write_tlv(0x75, write_tlv(0x7F61, data)))
    image_within(group(template(b"FAC\x00010\x00" + data)))
