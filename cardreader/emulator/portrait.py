"""Draws the face image of an invented citizen: no photograph of anybody, only ellipses."""

import io
from functools import cache
from typing import Literal

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 300, 400
_SKINS = ((236, 196, 164), (222, 178, 142), (205, 160, 122))
_COATS = ((60, 84, 120), (110, 60, 70), (70, 100, 80), (90, 90, 96))
_HAIR = (38, 32, 30)
_BACKGROUND = (214, 224, 232)
_COMPRESSION = 28  # JPEG 2000: to so small a part, which makes a file as large as those on real chips


@cache
def portrait(
    image_format: Literal["JPEG", "JPEG2000"] = "JPEG", *, long_hair: bool = False, variant: int = 0
) -> bytes:
    """Return the picture's file, 300 x 400 in color; `variant` chooses the colors and features."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), _BACKGROUND)
    pen = ImageDraw.Draw(picture)
    skin, coat = _SKINS[variant % len(_SKINS)], _COATS[variant % len(_COATS)]
    if long_hair:
        pen.rounded_rectangle((72, 90, 228, 330), 60, fill=_HAIR)
    pen.ellipse((20, 300, 280, 560), fill=coat)
    pen.polygon(((120, 300), (180, 300), (150, 350)), fill=(245, 245, 245))
    pen.rectangle((126, 250, 174, 312), fill=skin)
    pen.ellipse((86, 80, 214, 286), fill=skin)
    pen.pieslice((80, 62, 220, 240), 180, 360, fill=_HAIR)
    pen.ellipse((96, 120 + variant % 9, 204, 276), fill=skin)
    for center in (124, 176):
        pen.ellipse((center - 14, 168, center + 14, 184), fill=(250, 250, 250))
        pen.ellipse((center - 7, 168, center + 7, 184), fill=(50, 36, 28))
        pen.line((center - 18, 158, center + 18, 154 + variant % 5), fill=_HAIR, width=4)
    pen.line((150, 184, 145, 218, 156, 220), fill=(170, 120, 96), width=3)
    pen.arc((128, 226, 172, 250), 15, 165, fill=(160, 72, 72), width=5)
    file = io.BytesIO()
    if image_format == "JPEG2000":
        picture.save(file, "JPEG2000", quality_mode="rates", quality_layers=[_COMPRESSION])
    else:
        picture.save(file, "JPEG", quality=90)
    return file.getvalue()
