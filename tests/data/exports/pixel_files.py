"""Picture files of every kind that a decoder may show in two ways, each with what it shows where that is known."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin, features

from tests.data.exports.pixel_making import (
    ALPHA,
    GREY,
    HEIGHT,
    RANDOM,
    SHOWN,
    WIDTH,
    big_endian,
    bitmap,
    head,
    icc,
    key,
    multiplied,
    palette_and_alpha,
    small_first_frame,
    with_chunk,
    with_xmp,
)
from tests.data.imaging.making import Bytes, chunk, directory, exif, png, profile, rows, saved, stored_turned

SWAPPED, LINEAR = profile(swapped=True), profile(b"GRAY", gamma=1.0)
XMP_FORMS = ('<x:xmpmeta tiff:Orientation="{}"/>', "<tiff:Orientation>{}</tiff:Orientation>")
"""As an attribute, and as an element."""


class PixelFile(NamedTuple):
    """A file, and its pixels (height, width, 3) where they are known without decoding it."""

    content: bytes
    shows: Bytes | None = None


@cache
def pixel_files() -> dict[str, PixelFile]:
    """All of them by name."""
    kinds = (deep, floats, transparent, keyed, palettes, coloured, turned, stripped, animated, bits, bitmaps, plain)
    files = {name: file for kind in kinds for name, file in kind()}
    return {name: file if isinstance(file, PixelFile) else PixelFile(file) for name, file in files.items()}


Files = Iterator[tuple[str, bytes | PixelFile]]


def deep() -> Files:
    """More than eight bits a sample."""
    grey, shown = GREY.astype(np.uint16) * 257, SHOWN.astype(np.uint16) * 257
    three = np.stack([GREY] * 3, axis=-1)
    alpha = ALPHA.astype(np.uint16)[..., None] * 257
    yield "16-bit grey PNG", PixelFile(png(head(16, 0), rows(grey)), three)
    yield "16-bit grey PNG with a key", png(head(16, 0), rows(grey), key(80 * 257))
    yield "16-bit grey and alpha PNG", png(head(16, 4), rows(np.concatenate([grey[..., None], alpha], 2)))
    yield "16-bit RGB PNG", PixelFile(png(head(16, 2), rows(shown)), SHOWN)
    yield "16-bit RGB PNG with a key", png(head(16, 2), rows(shown), key(*(int(v) * 257 for v in SHOWN[3, 4])))
    yield "16-bit RGBA PNG", png(head(16, 6), rows(np.concatenate([shown, alpha], 2)))
    yield "16-bit dark grey PNG", png(head(16, 0), rows(GREY.astype(np.uint16)))
    yield "16-bit grey TIFF", PixelFile(saved(Image.fromarray(grey), "TIFF"), three)
    yield "16-bit grey TIFF, big-endian", PixelFile(big_endian(grey), three)
    yield "16-bit grey PGM", PixelFile(b"P5 12 8 65535\n" + grey.astype(">u2").tobytes(), three)
    yield "10-bit grey PGM", b"P5 12 8 1023\n" + (GREY.astype(">u2") * 4).tobytes()
    yield "16-bit PPM", b"P6 12 8 65535\n" + shown.astype(">u2").tobytes()
    yield "16-bit grey PNG with a profile", with_chunk(png(head(16, 0), rows(grey)), b"iCCP", icc(LINEAR))
    yield "16-bit grey PNG on its side", with_chunk(png(head(16, 0), rows(grey)), b"eXIf", exif(6)[6:])


def floats() -> Files:
    """32 bits a sample, whole and not."""
    whole = GREY.astype(np.int32)
    part = GREY.astype(np.float32)
    yield "32-bit TIFF up to 255", saved(Image.fromarray(whole), "TIFF")
    yield "32-bit TIFF up to 65535", PixelFile(saved(Image.fromarray(whole * 257), "TIFF"))
    yield "32-bit TIFF beyond", saved(Image.fromarray(whole * 100_000), "TIFF")
    yield "32-bit TIFF below nought", saved(Image.fromarray(whole - 100), "TIFF")
    yield "float TIFF up to 1", saved(Image.fromarray(part / 255), "TIFF")
    yield "float TIFF up to 255", saved(Image.fromarray(part), "TIFF")
    yield "float TIFF up to 65535", saved(Image.fromarray(part * 257), "TIFF")
    yield "float TIFF with holes", saved(Image.fromarray(np.where(part > 90, np.nan, part / 255)), "TIFF")
    yield "float PFM", b"Pf\n12 8\n-1.0\n" + (part / 255).astype("<f4").tobytes()


def transparent() -> Files:
    """Alpha beside the colours."""
    layers = np.dstack([SHOWN, ALPHA])
    opaque = np.dstack([SHOWN, np.full_like(ALPHA, 255)])
    holes = np.dstack([SHOWN, np.where(ALPHA > 127, 255, 0).astype(np.uint8)])
    white = np.where(holes[..., 3:] > 0, SHOWN, 255).astype(np.uint8)
    grey = np.dstack([GREY, ALPHA])
    for form, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        yield f"RGBA {form}", saved(layers, form, **options)
        yield f"RGBA {form}, opaque", PixelFile(saved(opaque, form, **options), SHOWN)
        yield f"RGBA {form} with holes", PixelFile(saved(holes, form, **options), white)
    yield "RGBA WEBP, lossy", saved(layers, "WEBP", quality=80)
    yield "RGBA BMP", saved(layers, "BMP")
    yield "RGBA TIFF, multiplied", multiplied(layers)
    yield "LA PNG", saved(grey, "PNG")
    yield "LA TIFF", saved(Image.fromarray(grey, "LA"), "TIFF")
    yield "LA PNG, opaque", PixelFile(saved(np.dstack([GREY, np.full_like(GREY, 255)]), "PNG"), np.dstack([GREY] * 3))
    if features.check("avif"):
        yield "RGBA AVIF", saved(layers, "AVIF")


def keyed() -> Files:
    """One colour that means transparent."""
    white = SHOWN.copy()
    white[3, 4] = 255
    yield "RGB PNG with a key", PixelFile(png(head(8, 2), rows(SHOWN), key(*map(int, SHOWN[3, 4]))), white)
    for depth in (1, 2, 4):
        packed = RANDOM.integers(0, 256, (HEIGHT, -(-WIDTH * depth // 8)), np.uint8)
        yield f"{depth}-bit grey PNG with a key", png(head(depth, 0), rows(packed), key(1))
    yield "8-bit grey PNG with a key", png(head(8, 0), rows(GREY), key(80))


def palettes() -> Files:
    """Colours by number."""
    numbers = RANDOM.integers(0, 16, (HEIGHT, WIDTH), np.uint8)
    colours = RANDOM.integers(0, 256, (16, 3), np.uint8)
    image = Image.fromarray(numbers, "P")
    image.putpalette(colours.tobytes())
    shown = colours[numbers]
    yield "P PNG", PixelFile(saved(image, "PNG"), shown)
    yield "P BMP", PixelFile(saved(image, "BMP"), shown)
    yield "P TIFF", PixelFile(saved(image, "TIFF"), shown)
    yield "P GIF", PixelFile(saved(image, "GIF"), shown)
    holes = np.where((numbers == 3)[..., None], 255, shown).astype(np.uint8)
    yield "P PNG, one colour transparent", PixelFile(saved(image, "PNG", transparency=3), holes)
    yield "P GIF, one colour transparent", PixelFile(saved(image, "GIF", transparency=3), holes)
    yield "P PNG with alphas", saved(image, "PNG", transparency=bytes(range(0, 256, 16)))
    yield "P PNG with a profile", saved(image, "PNG", icc_profile=SWAPPED)
    yield "P PNG with alphas and a profile", saved(image, "PNG", icc_profile=SWAPPED, transparency=bytes(range(16)))
    yield "PA TIFF", palette_and_alpha(numbers, colours)
    for depth in (1, 2, 4):
        packed = RANDOM.integers(0, 256, (HEIGHT, -(-WIDTH * depth // 8)), np.uint8)
        listed = chunk(b"PLTE", colours[: 2**depth].tobytes())
        yield f"{depth}-bit P PNG with alphas", png(head(depth, 3), rows(packed), listed, chunk(b"tRNS", b"\x40\x80"))


def coloured() -> Files:
    """Colour spaces and profiles."""
    cmyk = Image.fromarray(SHOWN).convert("CMYK")
    layers, grey = np.dstack([SHOWN, ALPHA]), Image.fromarray(GREY)
    yield "CMYK JPEG", saved(cmyk, "JPEG", quality=95)
    yield "CMYK TIFF", saved(cmyk, "TIFF")
    yield "CMYK JPEG with a profile of RGB", saved(cmyk, "JPEG", icc_profile=SWAPPED)
    yield "CMYK JPEG on its side", saved(cmyk, "JPEG", exif=exif(6))
    yield "LAB TIFF", saved(Image.fromarray(SHOWN).convert("LAB"), "TIFF")
    yield "YCbCr TIFF", saved(Image.fromarray(SHOWN).convert("YCbCr"), "TIFF")
    yield "YCbCr TIFF, JPEG inside", saved(Image.fromarray(SHOWN), "TIFF", compression="jpeg")
    for form, options in (("PNG", {}), ("JPEG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        yield f"RGB {form} with a profile", saved(SHOWN, form, icc_profile=SWAPPED, **options)
    for form in ("PNG", "JPEG", "TIFF"):
        yield f"grey {form} with a profile", saved(grey, form, icc_profile=LINEAR)
    yield "RGBA PNG with a profile", saved(layers, "PNG", icc_profile=SWAPPED)
    yield "LA PNG with a profile", saved(np.dstack([GREY, ALPHA]), "PNG", icc_profile=LINEAR)
    yield (
        "RGB PNG with sRGB by name",
        PixelFile(saved(SHOWN, "PNG", icc_profile=profile(name=b"sRGB IEC61966-2.1")), SHOWN),
    )
    yield "RGB PNG with a broken profile", PixelFile(saved(SHOWN, "PNG", icc_profile=b"no profile" * 20), SHOWN)
    yield "RGB PNG with a grey profile", PixelFile(saved(SHOWN, "PNG", icc_profile=LINEAR), SHOWN)
    yield "RGB PNG with a gamma", with_chunk(saved(SHOWN, "PNG"), b"gAMA", struct.pack(">I", 100_000))
    yield "RGB JPEG with a profile, on its side", saved(SHOWN, "JPEG", icc_profile=SWAPPED, exif=exif(8))


def turned() -> Files:
    """EXIF orientation, in whichever place a format keeps it."""
    for turn, stored in stored_turned(SHOWN).items():
        whole = saved(stored, "PNG")
        block = exif(turn)[6:]
        raw = f"\nexif\n{len(exif(turn)):8}\n{exif(turn).hex()}\n".encode()
        yield f"JPEG, orientation {turn}", saved(stored, "JPEG", quality=95, exif=exif(turn))
        yield f"PNG, orientation {turn}", PixelFile(with_chunk(whole, b"eXIf", block), SHOWN)
        after = with_chunk(whole, b"eXIf", block, last=True)
        yield f"PNG, orientation {turn} after the pixels", PixelFile(after, SHOWN)
        text = b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw)
        yield f"PNG, orientation {turn} as text", PixelFile(with_chunk(whole, *text), SHOWN)
        yield f"WEBP, orientation {turn}", PixelFile(saved(stored, "WEBP", lossless=True, exif=exif(turn)), SHOWN)
        yield f"TIFF, orientation {turn}", PixelFile(saved(stored, "TIFF", tiffinfo={274: turn}), SHOWN)
    if features.check("avif"):
        yield "AVIF, orientation 6", saved(stored_turned(SHOWN)[6], "AVIF", exif=exif(6))
    yield "JPEG, broken EXIF", saved(SHOWN, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    yield "PNG, broken EXIF", with_chunk(saved(SHOWN, "PNG"), b"eXIf", b"II*\0\xff\xff\xff\x7f")
    yield "PNG, EXIF that is no TIFF", with_chunk(saved(SHOWN, "PNG"), b"eXIf", b"nothing of the kind")
    yield "JPEG, orientation 9", saved(SHOWN, "JPEG", exif=exif(9))
    as_long = b"Exif\0\0" + directory([(274, 4, 1, 6)])
    yield "JPEG, orientation as a long number", saved(SHOWN, "JPEG", exif=as_long)
    yield (
        "PNG, text that is no profile",
        with_chunk(saved(SHOWN, "PNG"), b"tEXt", b"Raw profile type exif\0nothing\nof\nthe\nkind"),
    )


def stripped() -> Files:
    """Orientation in XMP alone, and against EXIF."""
    for turn, stored in stored_turned(SHOWN).items():
        said = XMP_FORMS[turn % 2].format(turn).encode()
        whole = saved(stored, "PNG")
        text = b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + said
        yield f"JPEG, orientation {turn} in XMP", saved(stored, "JPEG", quality=95, xmp=said)
        yield f"PNG, orientation {turn} in XMP", PixelFile(with_chunk(whole, *text), SHOWN)
        yield f"PNG, orientation {turn} in XMP after the pixels", PixelFile(with_chunk(whole, *text, last=True), SHOWN)
        yield f"WEBP, orientation {turn} in XMP", PixelFile(saved(stored, "WEBP", lossless=True, xmp=said), SHOWN)
    said = XMP_FORMS[0].format(3).encode()
    yield "TIFF, orientation in XMP", PixelFile(saved(stored_turned(SHOWN)[3], "TIFF", tiffinfo=with_xmp(said)), SHOWN)
    yield (
        "WEBP, EXIF against XMP",
        PixelFile(saved(stored_turned(SHOWN)[6], "WEBP", lossless=True, exif=exif(6), xmp=said), SHOWN),
    )
    both = saved(SHOWN, "WEBP", lossless=True, exif=exif(1), xmp=said)
    yield "WEBP, EXIF upright against XMP", PixelFile(both, SHOWN)
    yield "JPEG, XMP without orientation", saved(SHOWN, "JPEG", xmp=b"<x:xmpmeta/>")
    yield "JPEG, orientation 0 in XMP", saved(SHOWN, "JPEG", xmp=XMP_FORMS[0].format(0).encode())


def animated() -> Files:
    """The first frame counts."""
    frames = [Image.fromarray(np.roll(SHOWN, at, axis=1)) for at in range(3)]
    layered = [Image.fromarray(np.dstack([np.roll(SHOWN, at, axis=1), ALPHA])) for at in range(3)]
    more: dict[str, Any] = {"save_all": True, "duration": 50}
    yield "GIF of frames", saved(frames[0], "GIF", append_images=frames[1:], **more)
    yield "GIF of frames with holes", saved(layered[0], "GIF", append_images=layered[1:], disposal=2, **more)
    yield "GIF, first frame small", small_first_frame()
    yield "WEBP of frames", PixelFile(saved(frames[0], "WEBP", lossless=True, append_images=frames[1:], **more), SHOWN)
    yield "WEBP of frames with alpha", saved(layered[0], "WEBP", lossless=True, append_images=layered[1:], **more)
    yield "APNG", PixelFile(saved(frames[0], "PNG", append_images=frames[1:], **more), SHOWN)
    yield "APNG with alpha", saved(layered[0], "PNG", append_images=layered[1:], blend=1, disposal=1, **more)
    yield (
        "APNG, picture beside it",
        PixelFile(saved(frames[0], "PNG", append_images=frames[1:], default_image=True, **more), SHOWN),
    )
    yield "TIFF of pages", PixelFile(saved(frames[0], "TIFF", append_images=frames[1:], save_all=True), SHOWN)
    yield "MPO", saved(frames[0], "MPO", append_images=frames[1:], save_all=True)


def bits() -> Files:
    """Black and white."""
    image = Image.fromarray(GREY > 80)
    shown = np.dstack([np.where(GREY > 80, 255, 0).astype(np.uint8)] * 3)
    for form in ("PNG", "TIFF", "BMP", "PPM", "GIF"):
        yield f"1-bit {form}", PixelFile(saved(image, form), shown)
    yield "1-bit TIFF, fax", PixelFile(saved(image, "TIFF", compression="group4"), shown)
    yield "1-bit PNG with a profile", saved(image, "PNG", icc_profile=LINEAR)


def bitmaps() -> Files:
    """BMP as other programs write it."""
    body = np.ascontiguousarray(SHOWN[::-1, :, ::-1])
    yield "BMP, top row first", PixelFile(bitmap(24, body[::-1].tobytes(), height=-HEIGHT), SHOWN)
    yield "BMP, 32 bits without alpha", PixelFile(bitmap(32, np.dstack([body, np.zeros_like(ALPHA)]).tobytes()), SHOWN)
    short = RANDOM.integers(0, 2**15, (HEIGHT, WIDTH), np.uint16)
    yield "BMP, 16 bits", bitmap(16, short.astype("<u2").tobytes())
    runs = b"".join(bytes([WIDTH, at % 4, 0, 0]) for at in range(HEIGHT)) + b"\0\1"
    yield "BMP, runs", bitmap(8, runs, compression=1, colours=bytes(range(16)))


def plain() -> Files:
    """What every decoder shows alike."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "noise")
    grey = np.dstack([GREY] * 3)
    yield "RGB PNG", PixelFile(saved(SHOWN, "PNG", pnginfo=text, dpi=(300, 300)), SHOWN)
    yield "RGB JPEG", saved(SHOWN, "JPEG")
    yield "RGB JPEG, progressive", saved(SHOWN, "JPEG", progressive=True)
    yield "RGB WEBP", saved(SHOWN, "WEBP")
    yield "RGB PPM", PixelFile(saved(SHOWN, "PPM"), SHOWN)
    yield "RGB BMP", PixelFile(saved(SHOWN, "BMP"), SHOWN)
    yield "RGB TIFF", PixelFile(saved(SHOWN, "TIFF", compression="tiff_lzw"), SHOWN)
    yield "grey PNG", PixelFile(saved(GREY, "PNG"), grey)
    yield "grey JPEG", saved(GREY, "JPEG")
    yield "grey WEBP", saved(Image.fromarray(GREY), "WEBP", lossless=True)
    yield "one pixel", PixelFile(saved(SHOWN[:1, :1], "PNG"), SHOWN[:1, :1])
    if features.check("avif"):
        yield "RGB AVIF", saved(SHOWN, "AVIF")
