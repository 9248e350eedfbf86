"""Images as people have them: every one shows something."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin, features

from tests.data.imaging.case import Case
from tests.data.imaging.making import (
    BLUE,
    GREEN,
    HEIGHT,
    RED,
    SIGNATURE,
    WHITE,
    WIDTH,
    Bytes,
    chunk,
    exif,
    header,
    picture,
    png,
    profile,
    rows,
    saved,
    segment,
    stored_turned,
    tiff,
)

SHOWN = picture()
GREY = np.tile(np.arange(WIDTH, dtype=np.uint8) * 2, (HEIGHT, 1))
"""A ramp: column x is as bright as 2 x."""
RAMP = {(x, 5): (2 * x,) * 3 for x in (0, 1, 40, 95)}


def good() -> list[Case]:
    """All of them."""
    return [*plain(), *orientations(), *transparent(), *deep(), *profiles(), *animated(), *odd()]


def plain() -> list[Case]:
    """The same picture in every format, and in the modes of each."""
    palette = Image.fromarray(
        np.where(np.arange(HEIGHT)[:, None] < 32, 0, np.full((1, WIDTH), 1)).astype(np.uint8), "P"
    )
    palette.putpalette([*RED, *GREEN])
    two = {(1, 1): RED, (1, HEIGHT - 2): GREEN}
    lossless: list[tuple[str, str, dict[str, Any]]] = [
        ("png", "PNG", {}),
        ("bmp", "BMP", {}),
        ("ppm", "PPM", {}),
        ("webp-lossless", "WEBP", {"lossless": True}),
        ("tiff", "TIFF", {}),
        ("tiff-lzw", "TIFF", {"compression": "tiff_lzw"}),
        ("tiff-deflate", "TIFF", {"compression": "tiff_adobe_deflate"}),
    ]
    lossy: list[tuple[str, str, dict[str, Any]]] = [
        ("jpeg", "JPEG", {}),
        ("jpeg-progressive", "JPEG", {"progressive": True}),
        ("jpeg-cmyk", "JPEG", {}),
        ("webp-lossy", "WEBP", {}),
        ("tiff-jpeg", "TIFF", {"compression": "jpeg"}),
    ]
    if features.check("avif"):
        lossy.append(("avif", "AVIF", {"quality": 90}))
    cmyk = Image.fromarray(SHOWN).convert("CMYK")
    grey = Image.fromarray(GREY)
    return [
        *(Case(name, saved(SHOWN, form, **options), format=form, exact=True) for name, form, options in lossless),
        *(
            Case(name, saved(cmyk if "cmyk" in name else SHOWN, form, **options), format=form, tolerance=10)
            for name, form, options in lossy
        ),
        Case("png-interlaced", interlaced(SHOWN), format="PNG", exact=True),
        Case("palette-png", saved(palette, "PNG"), format="PNG", pixels=two),
        Case("palette-bmp", saved(palette, "BMP"), format="BMP", pixels=two),
        Case("gif", saved(palette, "GIF"), format="GIF", pixels=two),
        *(
            Case(f"grey-{form.lower()}", saved(grey, form), format=form, pixels=RAMP)
            for form in ("PNG", "TIFF", "BMP", "PPM")
        ),
        Case("grey-jpeg", saved(grey, "JPEG", quality=95), format="JPEG", pixels=RAMP, tolerance=4),
        Case(
            "one-bit",
            saved(Image.fromarray(GREY > 80), "PNG"),
            format="PNG",
            pixels={(1, 1): (0, 0, 0), (90, 1): WHITE},
        ),
        Case("cmyk-tiff", saved(cmyk, "TIFF"), format="TIFF", tolerance=1),
        Case("one-pixel", saved(SHOWN[:1, :1], "PNG"), format="PNG", size=(1, 1), pixels={(0, 0): RED}),
    ]


def orientations() -> list[Case]:
    """Stored turned and flipped as the EXIF specification's table says: 6 means that row 0 is the right side."""
    turned = stored_turned(SHOWN)
    jpegs = [saved(turned[turn], "JPEG", exif=exif(turn)) for turn in turned]
    return [
        *(Case(f"exif-{turn}", jpeg, format="JPEG", tolerance=10) for turn, jpeg in enumerate(jpegs, 1)),
        Case("exif-png", saved(turned[6], "PNG", exif=exif(6)), format="PNG", exact=True),
        Case("exif-webp", saved(turned[8], "WEBP", lossless=True, exif=exif(8)), format="WEBP", exact=True),
        Case("exif-tiff", saved(turned[3], "TIFF", tiffinfo={274: 3}), format="TIFF", exact=True),
    ]


def transparent() -> list[Case]:
    """What is transparent shows white, whatever colour hides below it."""
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    opaque = np.concatenate([SHOWN, alpha], axis=2)
    alpha[:, 48:] = 0
    gone = np.concatenate([SHOWN, alpha], axis=2)
    alpha[:, :48] = 128
    half = np.concatenate([SHOWN, alpha], axis=2)
    left = {(1, 1): RED, (WIDTH - 2, 1): WHITE}
    blended = {(1, 1): (227, 142, 147), (WIDTH - 2, 1): WHITE}
    grey = np.stack([GREY, alpha[..., 0]], axis=2)
    palette = Image.fromarray((np.arange(WIDTH)[None] // 48 * np.ones((HEIGHT, 1))).astype(np.uint8), "P")
    palette.putpalette([*RED, *GREEN])
    return [
        Case("rgba-opaque", saved(opaque, "PNG"), format="PNG", exact=True),
        Case("rgba-holes", saved(gone, "PNG"), format="PNG", pixels=left),
        Case("rgba-half", saved(half, "PNG"), format="PNG", pixels=blended, tolerance=1),
        Case("rgba-webp", saved(gone, "WEBP", lossless=True), format="WEBP", pixels=left),
        Case("rgba-tiff", saved(gone, "TIFF"), format="TIFF", pixels=left),
        Case("grey-alpha", saved(grey, "PNG"), format="PNG", pixels={(40, 5): (167,) * 3, (90, 5): WHITE}, tolerance=1),
        Case("palette-key", saved(palette, "PNG", transparency=1), format="PNG", pixels=left),
        Case(
            "palette-alphas", saved(palette, "PNG", transparency=b"\x80\0"), format="PNG", pixels=blended, tolerance=1
        ),
        Case("palette-gif", saved(palette, "GIF", transparency=1), format="GIF", pixels=left),
        Case("rgb-key", png(header(WIDTH, HEIGHT, 8, 2), rows(SHOWN), key(*GREEN)), format="PNG", pixels=left),
        Case(
            "grey-2-bit-key",
            png(header(4, 1, 2, 0), b"\0\x1b", key(1)),
            format="PNG",
            size=(4, 1),
            pixels={(0, 0): (0, 0, 0), (1, 0): WHITE, (2, 0): (170,) * 3, (3, 0): WHITE},
        ),
    ]


def key(*samples: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))


def deep() -> list[Case]:
    """More than eight bits a sample."""
    grey, shown = GREY.astype(np.uint16) * 257, SHOWN.astype(np.uint16) * 257
    opaque = np.concatenate([shown, np.full((HEIGHT, WIDTH, 1), 65535, np.uint16)], axis=2)
    odd = SHOWN.astype(np.uint16) * 256 + 7
    floats = Image.fromarray(GREY.astype(np.float32) / 255)
    hole = {(40, 5): WHITE, (41, 5): (82,) * 3}
    left = {(1, 1): RED, (WIDTH - 2, 1): WHITE}
    head = header(WIDTH, HEIGHT, 16, 0), header(WIDTH, HEIGHT, 16, 2), header(WIDTH, HEIGHT, 16, 6)
    return [
        Case("grey-16", png(head[0], rows(grey)), format="PNG", pixels=RAMP),
        Case("grey-16-key", png(head[0], rows(grey), key(80 * 257)), format="PNG", pixels=hole),
        Case("grey-16-tiff", saved(Image.fromarray(grey), "TIFF"), format="TIFF", pixels=RAMP),
        Case("grey-float-tiff", saved(floats, "TIFF"), format="TIFF", pixels=RAMP | {(95, 5): (190,) * 3}, tolerance=1),
        Case("rgb-16", png(head[1], rows(shown)), format="PNG", exact=True),
        Case("rgb-16-key", png(head[1], rows(odd), key(*(v * 256 + 7 for v in GREEN))), format="PNG", pixels=left),
        Case("rgba-16", png(head[2], rows(opaque)), format="PNG", exact=True),
        Case("ppm-plain", b"P3 #a\n# b\n1 # c\n2 255 # d\n1 2 3 # e\n 4 5 6\n", format="PPM", size=(1, 2),
             pixels={(0, 0): (1, 2, 3), (0, 1): (4, 5, 6)}),
        Case("ppm-bits", b"P4\n#a\n8 1\n\x0f", format="PPM", size=(8, 1), pixels={(0, 0): WHITE, (7, 0): (0, 0, 0)}),
        Case("pfm", b"Pf\n2 1\n-1.0\n" + struct.pack("<2f", 0, 1), format="PPM", size=(2, 1),
             pixels={(0, 0): (0, 0, 0), (1, 0): WHITE}),
        Case("ppm-10-bit", b"P5 2 1 1023\n" + struct.pack(">2H", 0, 1023), format="PPM", size=(2, 1),
             pixels={(0, 0): (0, 0, 0), (1, 0): WHITE}),
    ]  # fmt: skip


def profiles() -> list[Case]:
    """Colour profiles: followed where they fit, ignored where not."""
    dated = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    srgb = dated[:24] + bytes(12) + dated[36:]
    other = profile(swapped=True)
    exchanged = {(1, 1): RED[::-1], (WIDTH - 2, 1): GREEN[::-1], (1, HEIGHT - 2): BLUE[::-1]}
    palette = Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8), "P")
    palette.putpalette([*RED])
    alpha = np.concatenate([SHOWN, np.full((HEIGHT, WIDTH, 1), 255, np.uint8)], axis=2)
    lighter = {(40, 5): (151,) * 3}
    linear = profile(b"GRAY", gamma=1.0)
    return [
        Case("icc-srgb", saved(SHOWN, "PNG", icc_profile=srgb), format="PNG", exact=True),
        Case("icc-srgb-by-name", saved(SHOWN, "PNG", icc_profile=profile(name=b"sRGB IEC61966-2.1")), format="PNG",
             exact=True),
        Case("icc-other", saved(SHOWN, "PNG", icc_profile=other), format="PNG", pixels=exchanged, tolerance=8),
        Case("icc-jpeg", saved(SHOWN, "JPEG", icc_profile=other), format="JPEG", pixels=exchanged, tolerance=16),
        Case("icc-rgba", saved(alpha, "PNG", icc_profile=other), format="PNG", pixels=exchanged, tolerance=8),
        Case("icc-palette", saved(palette, "PNG", icc_profile=other), format="PNG",
             pixels={(1, 1): RED[::-1]}, tolerance=8),
        Case("icc-grey", saved(GREY, "PNG", icc_profile=linear), format="PNG", pixels=lighter, tolerance=3),
        Case("icc-unfit", saved(SHOWN, "PNG", icc_profile=linear), format="PNG", exact=True),
        Case("icc-corrupt", saved(SHOWN, "PNG", icc_profile=other[:200] + b"\xff" * 90), format="PNG", exact=True),
        Case("icc-no-profile", saved(SHOWN, "JPEG", icc_profile=b"nothing"), format="JPEG", tolerance=10),
        Case("icc-not-deflated", png(header(WIDTH, HEIGHT, 8, 2), rows(SHOWN), chunk(b"iCCP", b"x\0\0" + bytes(9))),
             format="PNG", exact=True),
    ]  # fmt: skip


def animated() -> list[Case]:
    """Of several frames the first is shown and all are counted."""
    first, second = Image.fromarray(SHOWN), Image.fromarray(255 - SHOWN)
    more: dict[str, Any] = {"save_all": True, "append_images": [second, first]}
    return [
        Case("gif-animated", saved(first, "GIF", **more), format="GIF", frames=3, tolerance=40),
        Case("webp-animated", saved(first, "WEBP", lossless=True, **more), format="WEBP", frames=3, exact=True),
        Case("apng", saved(first, "PNG", **more), format="PNG", frames=3, exact=True),
        Case("tiff-pages", saved(first, "TIFF", **more), format="TIFF", frames=3, exact=True),
        Case("mpo", saved(first, "MPO", **more), format="JPEG", frames=3, tolerance=10),
    ]


def odd() -> list[Case]:
    """Files that are a little wrong, and shown by every viewer."""
    whole, jpeg = saved(SHOWN, "PNG"), saved(SHOWN, "JPEG")
    text = PngImagePlugin.PngInfo()
    text.add_text("workflow", "{} " * 200_000)
    text.add_itxt("Comment", "é" * 1000, zip=True)
    broken = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    circular = b"Exif\0\0" + b"II*\0" + struct.pack("<IHHHIII", 8, 1, 34665, 4, 1, 8, 8)
    return [
        Case("trailing-garbage", whole + b"garbage" * 100, format="PNG", exact=True),
        Case("jpeg-trailing-garbage", jpeg + b"\xff\xd8garbage" * 100, format="JPEG", tolerance=10),
        Case("large-text", saved(SHOWN, "PNG", pnginfo=text), format="PNG", exact=True),
        Case("exif-broken", saved(SHOWN, "JPEG", exif=broken), format="JPEG", tolerance=10),
        Case("exif-circular", saved(SHOWN, "JPEG", exif=circular), format="JPEG", tolerance=10),
        Case("exif-cut", saved(SHOWN, "JPEG", exif=exif(6)[:20]), format="JPEG", tolerance=10),
        Case("exif-9", saved(SHOWN, "JPEG", exif=exif(9)), format="JPEG", tolerance=10),
        Case("jpeg-comments", jpeg[:2] + segment(0xFE, b"x" * 60_000) * 20 + jpeg[2:], format="JPEG", tolerance=10),
        Case("tiff-link-astray", tiff(8, 8, bytes(64), link=10**6), format="TIFF", size=(8, 8),
             pixels={(0, 0): (0, 0, 0)}),
        Case("png-many-idat", many(), format="PNG", exact=True),
        Case("png-black", saved(np.zeros_like(SHOWN), "PNG"), format="PNG", pixels={(1, 1): (0, 0, 0)}),
        Case("png-black-interlaced", interlaced(np.zeros((7, 5, 3), np.uint8)), format="PNG", size=(5, 7),
             pixels={(4, 6): (0, 0, 0)}),
    ]  # fmt: skip


def many() -> bytes:
    """A PNG whose pixel data comes in chunks of 100 bytes, some empty."""
    data = zlib.compress(rows(SHOWN))
    parts = b"".join(chunk(b"IDAT", data[at : at + 100]) + chunk(b"IDAT", b"") for at in range(0, len(data), 100))
    return SIGNATURE + header(WIDTH, HEIGHT, 8, 2) + parts + chunk(b"IEND", b"")


def interlaced(shown: Bytes) -> bytes:
    """An Adam7 PNG, which Pillow cannot write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    parts = [shown[top::down, left::across] for left, top, across, down in passes]
    head = header(shown.shape[1], shown.shape[0], 8, 2, 1)
    return png(head, b"".join(rows(part) for part in parts if part.size))
