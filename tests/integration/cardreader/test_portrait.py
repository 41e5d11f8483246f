"""Faces decoded in a real process of its own; images written by Pillow, or by hand where it would not."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from cardreader import portrait_process
from cardreader.emulator.portrait import portrait
from cardreader.errors import FaceUndecodable
from cardreader.portrait import MAX_IMAGE_BYTES, MAX_PIXELS, face_png

FLAT = Image.new("RGB", (40, 30), (10, 200, 30))


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    image.load()
    return image


def python(code: str) -> list[str]:
    """Return a command in place of the decoder that behaves as the code says."""
    return [sys.executable, "-I", "-c", code]


def segment(marker: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg_that_claims(width: int, height: int) -> bytes:
    image = bytearray(encoded(FLAT, "JPEG"))
    frame = image.index(b"\xff\xc0")
    image[frame + 5 : frame + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(image)


def codestream_that_claims(width: int, height: int, tile: int) -> bytes:
    image = bytearray(encoded(FLAT, "JPEG2000", no_jp2=True))
    size = image.index(b"\xff\x51") + 6
    for offset, value in ((0, width), (4, height), (16, tile), (20, tile)):
        image[size + offset : size + offset + 4] = value.to_bytes(4, "big")
    return bytes(image)


def jpeg_of_scans(count: int) -> bytes:
    """Return a progressive JPEG of 2000 x 2000; its scans pass every block and say nothing (ITU-T T.81 G)."""
    frame = segment(0xC2, b"\x08", (2000).to_bytes(2, "big") * 2, b"\x01\x01\x11\x00")
    tables = segment(0xC4, b"\x10", bytes((1, *[0] * 15)), b"\xe0") + segment(0xDB, b"\x00", b"\x01" * 64)
    all_blocks = b"\x7f\xff\x00\xff\x00\xff\x00"  # two runs of 32,767 blocks each, all at their end
    return (
        b"\xff\xd8" + tables + frame + (segment(0xDA, b"\x01\x01\x00\x01\x3f\x00") + all_blocks) * count
    ) + b"\xff\xd9"


@pytest.mark.parametrize("image_format", ["JPEG", "JPEG2000"])
def test_the_emulated_portrait_becomes_a_png_in_its_colors(image_format: str) -> None:
    image = opened(face_png(portrait(image_format)))
    assert (image.size, image.mode) == ((300, 400), "RGB")
    # The drawing's background, hair and coat; both formats lose a little.
    for place, drawn in (((4, 4), (214, 224, 232)), ((150, 70), (38, 32, 30)), ((60, 390), (60, 84, 120))):
        assert all(abs(a - b) <= 8 for a, b in zip(image.getpixel(place), drawn, strict=True))


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}], ids=["file", "codestream"])
def test_jpeg_2000_comes_out_with_its_very_pixels(options: dict[str, bool]) -> None:
    gradient = Image.merge("RGB", [Image.linear_gradient("L").resize((40, 30))] * 2 + [FLAT.getchannel(1)])
    image = opened(face_png(encoded(gradient, "JPEG2000", irreversible=False, **options)))
    assert (image.size, image.mode, image.tobytes()) == ((40, 30), "RGB", gradient.tobytes())


def test_colors_of_other_kinds_become_plain_ones_and_nothing_but_pixels_is_kept() -> None:
    for mode, name in (("CMYK", "JPEG"), ("RGBA", "JPEG2000"), ("LA", "JPEG2000")):
        assert opened(face_png(encoded(FLAT.convert(mode), name))).mode == "RGB"
    noted = opened(face_png(encoded(FLAT, "JPEG", comment=b"a comment", dpi=(300, 300))))
    assert noted.info == {}


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(MAX_IMAGE_BYTES + 1), id="too many bytes"),
        pytest.param(encoded(FLAT, "PNG"), id="PNG"),
        pytest.param(encoded(FLAT, "GIF"), id="GIF"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="PostScript"),
        pytest.param(jpeg_that_claims(65_500, 65_500), id="a JPEG of 4 gigapixels"),
        pytest.param(jpeg_that_claims(2001, 2000), id="a JPEG one line over the limit"),
        pytest.param(
            codestream_that_claims(2**31 - 1, 2**31 - 1, 2**31 - 1), id="a codestream of 4 exapixels"
        ),
        pytest.param(codestream_that_claims(2000, 2000, 1), id="a codestream of 4 million tiles"),
    ],
)
def test_bombs_and_other_formats_are_refused_at_once(image: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(FaceUndecodable) as raised:
        face_png(image)
    assert raised.value.code == "card.face-undecodable"
    assert time.monotonic() - started < portrait_process.MAX_CPU_SECONDS


def test_a_truncated_image_is_refused_wherever_it_ends() -> None:
    whole = encoded(Image.effect_noise((40, 30), 60), "JPEG")
    for length in range(0, len(whole), len(whole) // 12):
        with pytest.raises(FaceUndecodable):
            face_png(whole[:length])
    head = encoded(FLAT, "JPEG2000")
    for length in range(0, 100, 9):
        with pytest.raises(FaceUndecodable):
            face_png(head[:length])


def test_a_jpeg_of_a_thousand_scans_ends_within_the_limits() -> None:
    image = jpeg_of_scans(1_500)
    assert len(image) <= MAX_IMAGE_BYTES
    assert opened(face_png(image)).size == (2000, 2000)


def test_the_largest_image_allowed_fits_the_process() -> None:
    image = encoded(Image.new("RGB", (2000, 2000), (1, 2, 3)), "JPEG2000")
    assert opened(face_png(image)).size == (2000, 2000)
    assert MAX_PIXELS == 2000 * 2000


def test_what_a_library_takes_beyond_the_memory_limit_is_refused_and_nothing_else_is() -> None:
    """The largest image needs more than the 64 MB that this process is given, and a small one does not."""
    code = (
        "import resource; from cardreader import portrait_process as process\n"
        "process._LIMITS[resource.RLIMIT_AS] = 64 * 1024 * 1024; process.main()"
    )
    assert opened(face_png(encoded(FLAT, "JPEG2000"), decoder=python(code))).size == FLAT.size
    large = encoded(Image.new("RGB", (2000, 2000), (1, 2, 3)), "JPEG2000")
    with pytest.raises(FaceUndecodable):
        face_png(large, decoder=python(code))
    assert opened(face_png(large)).size == (2000, 2000)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("while True: pass", id="decodes without end"),
        pytest.param("import time; time.sleep(600)", id="sleeps"),
        pytest.param("import os, time; os.close(1); time.sleep(600)", id="sleeps with its answer closed"),
        pytest.param("import sys\nwhile True: sys.stdout.write('x')", id="writes without end"),
        pytest.param("import os; os.kill(os.getpid(), 9)", id="is killed"),
        pytest.param("import os; os.kill(os.getpid(), 11)", id="crashes"),
        pytest.param("raise SystemExit(1)", id="gives up"),
        pytest.param("", id="says nothing"),
        pytest.param("print('a' * 8, end='')", id="says too little"),
        pytest.param("import os; os.write(1, bytes([0,0,0,1, 0,0,0,1, 1]))", id="answers without pixels"),
        pytest.param("import os; os.write(1, bytes([0,0,0,1, 0,0,0,1, 1, 7, 7]))", id="one pixel too many"),
        pytest.param("import os; os.write(1, bytes([0,0,0,1, 0,0,0,1, 2, 7, 7]))", id="two samples a pixel"),
        pytest.param("import os; os.write(1, bytes([0,0,0,0, 0,0,0,1, 1]))", id="an image of no width"),
        pytest.param("import os; os.write(1, b'\\xff' * 8 + b'\\x01')", id="16 exapixels"),
        pytest.param(
            "import os; os.write(1, bytes([0,0,0,1, 0,0,0,1, 1, 7])); exit(1)", id="fails after all"
        ),
    ],
)
def test_a_decoder_that_goes_wrong_in_any_way_ends_with_a_refusal(code: str) -> None:
    started = time.monotonic()
    with pytest.raises(FaceUndecodable):
        face_png(portrait(), decoder=python(code), wall_seconds=1.0)
    assert time.monotonic() - started < 8


def test_a_decoder_that_cannot_be_started_is_a_refusal() -> None:
    with pytest.raises(FaceUndecodable):
        face_png(portrait(), decoder=["/nowhere/python"])


def confined(code: str, *, by: str = "confine") -> "subprocess.CompletedProcess[bytes]":
    """Run the code as the decoder is run, and as a desk's user: no limit binds root."""
    program = (
        "import os, resource, socket\n"
        "from cardreader.portrait_process import confine\n"
        f"os.getuid() or os.setuid(65534)\n{by}()\n{code}"
    )
    return subprocess.run([sys.executable, "-I", "-c", program], check=False, capture_output=True, env={})


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("bytearray(300 * 1024 * 1024)", id="memory"),
        pytest.param("open('/dev/null')", id="a file"),
        pytest.param("socket.socket()", id="a connection"),
        pytest.param("os.fork() or os._exit(0)", id="another process"),
        pytest.param("os.memfd_create('a')", id="a file in memory"),
        pytest.param("assert resource.getrlimit(resource.RLIMIT_CORE)[1]", id="a core dump"),
        pytest.param("resource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))", id="its limits"),
    ],
)
def test_the_confined_process_cannot_have(code: str) -> None:
    result = confined(code)
    assert (result.returncode, result.stdout) == (1, b"")
    assert confined(code, by="dict").returncode == 0, "nobody can have it"


def test_the_confined_process_cannot_write_to_a_file_that_it_was_handed(tmp_path: Path) -> None:
    program = "import os; from cardreader.portrait_process import confine; confine(); os.write(1, b'a')"
    with (tmp_path / "file").open("wb") as file:
        process = subprocess.run(
            [sys.executable, "-I", "-c", program], check=False, stdout=file, stderr=subprocess.PIPE, env={}
        )
    assert (process.returncode, (tmp_path / "file").read_bytes()) == (1, b"")


def test_the_confined_process_is_stopped_when_its_processor_time_is_used_up() -> None:
    started = time.monotonic()
    result = confined("while True: pass")
    assert result.returncode < 0
    assert time.monotonic() - started > portrait_process.MAX_CPU_SECONDS - 1


def test_nothing_but_pipes_is_handed_to_the_decoder() -> None:
    code = (
        "import os, sys\n"
        "open_files = sorted(int(fd) for fd in os.listdir('/proc/self/fd'))\n"
        "kinds = [os.readlink(f'/proc/self/fd/{fd}').split(':')[0] for fd in (0, 1, 2)]\n"
        "alone = os.getsid(0) == os.getpid() and os.getcwd() == '/'\n"
        "good = len(open_files) == 4 and kinds == ['pipe', 'pipe', '/dev/null'] and alone\n"
        "clean = set(os.environ) <= {'LC_CTYPE'}\n"
        "sys.stdin.buffer.read()\n"
        "os.write(1, bytes([0, 0, 0, 1, 0, 0, 0, 1, 1, good + 2 * clean]))\n"
    )
    with Path(__file__).open("rb"):
        png = face_png(portrait(), decoder=python(code))
    assert opened(png).getpixel((0, 0)) == 3
