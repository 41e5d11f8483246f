"""The process in which a face image is decoded: the image comes on stdin, bare pixels go to stdout.

`cardreader.portrait` starts it with nothing but two pipes. It takes its own rights away
before it reads the first byte; whatever then goes wrong is an exit status other than 0.
Systems without `resource` limits decode no faces.
"""

import io
import resource
import sys
import warnings

from PIL import Image, Jpeg2KImagePlugin, JpegImagePlugin

from cardreader.portrait import MAX_IMAGE_BYTES, MAX_PIXELS

MAX_MEMORY_BYTES = 256 * 1024 * 1024
MAX_CPU_SECONDS = 5

FORMATS = (JpegImagePlugin.JpegImageFile.format, Jpeg2KImagePlugin.Jpeg2KImageFile.format)
_LIMITS = {
    resource.RLIMIT_AS: MAX_MEMORY_BYTES,
    resource.RLIMIT_CPU: MAX_CPU_SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 0,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,  # a crash leaves no copy of the face on the disk
}


def confine() -> None:
    """Take the right to more memory and time, to files, processes and core dumps from this process."""
    Image.preinit()  # the last modules that are loaded from files
    for kind, most in _LIMITS.items():
        allowed = resource.getrlimit(kind)[1]
        limit = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (limit, limit))


def pixels(image: bytes) -> tuple[int, int, int, bytes]:
    """Return width, height, samples a pixel (1 gray, 3 color) and the pixels by rows, eight bits a sample.

    Raises whatever Pillow raises, for an image of another format or of more than MAX_PIXELS too.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error")
    with Image.open(io.BytesIO(image), formats=FORMATS) as picture:
        plain = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    return plain.width, plain.height, len(plain.getbands()), plain.tobytes()


def main() -> None:
    """Answer one image with a header of nine bytes and the pixels."""
    confine()
    width, height, samples, plain = pixels(sys.stdin.buffer.read(MAX_IMAGE_BYTES + 1))
    sys.stdout.buffer.write(width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([samples]) + plain)


if __name__ == "__main__":
    main()
