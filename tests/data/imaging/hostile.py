"""Files that are broken, are no images, or are made to cost: every one is set aside with its reason."""

from __future__ import annotations

import gzip
import pickle
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, features

from contextpairs.data.imaging.limits import ImageLimits
from tests.data.imaging.case import Case
from tests.data.imaging.good import SHOWN
from tests.data.imaging.making import (
    HEIGHT,
    SIGNATURE,
    WIDTH,
    chunk,
    directory,
    exif,
    gif,
    gif_frame,
    header,
    png,
    resized_jpeg,
    riff,
    rows,
    saved,
    segment,
    tiff,
)

BROKEN, PIXELS, FRAMES, METADATA = "broken-image", "too-many-pixels", "too-many-frames", "too-much-metadata"
HEAD, RAW = header(WIDTH, HEIGHT, 8, 2), rows(SHOWN)
ZEROS = zlib.compress(bytes(40 * 2**20), 9)
"""40 kB that are 40 MB."""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%touch /tmp/owned) (w) file\nshowpage\n%%EOF\n"


def hostile() -> list[Case]:
    """All of them."""
    return [*cut(), *damaged(), *lies(), *bombs(), *heavy_headers(), *limits(), *no_images(), *other_formats()]


def cut() -> list[Case]:
    """Cut off after each quarter, as downloads are."""
    options: list[tuple[str, dict[str, Any]]] = [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("GIF", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("PPM", {}),
        *([("AVIF", {"quality": 95})] if features.check("avif") else []),
    ]
    whole = [(f"{form}-{number}", saved(SHOWN, form, **more)) for number, (form, more) in enumerate(options)]
    return [
        *(
            Case(f"cut-{name}-{quarter}-of-4", content[: len(content) * quarter // 4], BROKEN)
            for name, content in whole
            for quarter in (1, 2, 3)
        ),
        *(
            Case(f"cut-and-ended-{name}-{quarter}-of-8", content[: len(content) * quarter // 8] + b"\xff\xd9", BROKEN)
            for name, content in whole
            for quarter in range(1, 8)
            if name.startswith("JPEG")
        ),
    ]


def damaged() -> list[Case]:
    """Whole in length, wrong inside."""
    whole = saved(SHOWN, "PNG")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    text = SIGNATURE + HEAD + chunk(b"tEXt", b"a\0b")[:-1] + b"x" + whole[33:]
    wrong = zlib.compress(RAW)[:-4] + b"none"
    return [
        Case("png-checksum", bytes(flipped), BROKEN),
        Case("png-checksum-alone", whole[:-13] + bytes((whole[-13] ^ 1,)) + whole[-12:], BROKEN),
        Case("png-checksum-text", text, BROKEN),
        Case("png-not-deflated", SIGNATURE + HEAD + chunk(b"IDAT", b"pixels" * 99) + chunk(b"IEND", b""), BROKEN),
        Case("png-wrong-adler", SIGNATURE + HEAD + chunk(b"IDAT", wrong) + chunk(b"IEND", b""), BROKEN),
        Case("png-header-alone", SIGNATURE + HEAD, BROKEN),
        Case("png-no-pixels", SIGNATURE + HEAD + chunk(b"IEND", b""), BROKEN),
        Case("png-half-the-rows", png(HEAD, RAW[: len(RAW) // 2]), BROKEN),
        Case("png-half-the-odd-rows", png(header(9, 7, 8, 0, 1), odd_rows(1)), BROKEN),
        Case("png-unknown-mode", png(header(WIDTH, HEIGHT, 7, 5), RAW), BROKEN),
        Case("png-signature-alone", SIGNATURE, BROKEN),
        Case("png-no-width", png(header(0, 9, 8, 2), b""), BROKEN),
        Case("png-no-height", png(header(9, 0, 8, 2), b""), BROKEN),
        Case("jpeg-no-height", resized_jpeg(saved(SHOWN, "JPEG"), WIDTH, 0), BROKEN),
        Case("jpeg-no-tables", b"\xff\xd8" + segment(0xC0, b"\x08\0\x09\0\x09\x01\x01\x11\0") + b"\xff\xd9", BROKEN),
        Case("jpeg-signature-alone", b"\xff\xd8\xff", BROKEN),
        Case("gif-no-frame", gif(9, 9), BROKEN),
        Case("gif-garbage", gif(9, 9, b"garbage"), BROKEN),
        Case("gif-no-width", gif(0, 0, gif_frame(0, 0)), BROKEN),
        Case("webp-no-chunk", riff(), BROKEN),
        Case("webp-garbage", riff((b"VP8 ", b"\0" * 40)), BROKEN),
        Case("tiff-signature-alone", b"II*\0", BROKEN),
        Case("tiff-no-entries", directory([]), BROKEN),
        Case("bmp-signature-alone", b"BM", BROKEN),
        Case("ppm-no-size", b"P6 x", BROKEN),
    ]


def odd_rows(rows_there: int) -> bytes:
    """Interlaced rows of 9 x 7 grey pixels; those of the last pass, which fills rows 1, 3 and 5, stop early."""
    passes = ((2, 1), (1, 1), (3, 1), (2, 2), (5, 2), (4, 4), (9, rows_there))
    return b"".join((b"\0" + b"\xff" * columns) * number for columns, number in passes)


def lies() -> list[Case]:
    """A header that says more than there is."""
    jpeg, bmp, webp = saved(SHOWN, "JPEG"), saved(SHOWN, "BMP"), saved(SHOWN, "WEBP", lossless=True)
    wide = bmp[:18] + struct.pack("<ii", 2000, 2000) + bmp[26:]
    huge = bmp[:18] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + bmp[26:]
    canvas = b"\x10\0\0\0" + (16382).to_bytes(3, "little") * 2
    return [
        Case("png-says-more", png(header(2000, 2000, 8, 2), RAW), BROKEN),
        Case("jpeg-says-more", resized_jpeg(jpeg, 2000, 2000), BROKEN),
        Case("jpeg-progressive-says-more", resized_jpeg(saved(SHOWN, "JPEG", progressive=True), 400, 400), BROKEN),
        Case("jpeg-65535", resized_jpeg(jpeg, 65535, 65535), PIXELS),
        Case("jpeg-50-million", resized_jpeg(jpeg, 7000, 7000), BROKEN),
        Case("bmp-says-more", wide, BROKEN),
        Case("bmp-huge", huge, PIXELS),
        Case("tiff-says-more", tiff(2000, 2000, bytes(64)), BROKEN),
        Case("tiff-huge", tiff(2**32 - 1, 2**32 - 1, bytes(64)), PIXELS),
        Case("gif-65535", gif(65535, 65535, gif_frame(1, 1)), PIXELS),
        Case("gif-frame-beyond-screen", gif(1, 1, gif_frame(65535, 65535)), PIXELS),
        Case("gif-says-more", gif(2000, 2000, gif_frame(2000, 2000)), BROKEN),
        Case("webp-wrong-length", webp[:4] + struct.pack("<I", 2**31) + webp[8:], BROKEN),
        Case("webp-short-length", webp[:4] + struct.pack("<I", 20) + webp[8:], BROKEN),
        Case("webp-canvas", riff((b"VP8X", canvas), (b"VP8L", webp[20:])), PIXELS),
        Case("ppm-says-more", b"P6 2000 2000 255\n" + bytes(64), BROKEN),
        Case("ppm-huge", b"P6 4000000000 4000000000 255\n", PIXELS),
        Case("tiff-tile-huge", tiled(2**20, 2**20), PIXELS),
        Case("tiff-values-beyond-end", tiff(8, 8, bytes(64), (273, 4, 2**17, 8)), BROKEN),
    ]


def tiled(width: int, height: int) -> bytes:
    """A TIFF of 8 x 8 pixels in one deflated tile of another size."""
    return tiff(
        8, 8, bytes(64), (259, 3, 1, 8), (322, 4, 1, width), (323, 4, 1, height), (324, 4, 1, 8), (325, 4, 1, 9)
    )


def bombs() -> list[Case]:
    """A few bytes that would become many."""
    flat = saved(Image.new("L", (3000, 3000)), "JPEG", progressive=True)
    scan = segment(0xDA, b"\x01\x01\0\x01\x3f\0") + b"\0"
    tower = png(header(13000, 13000, 1, 0), bytes(13000 * (1 + 1625)))
    frames = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    return [
        Case("png-507-mb", tower, PIXELS),
        Case("png-2-gigapixels", png(header(2**31 - 1, 2**31 - 1, 8, 6), b""), PIXELS),
        Case("apng-2-billion-frames", png(HEAD, RAW, frames), FRAMES),
        Case("gif-2-million-frames", gif(9, 9, gif_frame(9, 9, b"\x02\0") * 2_000_000), FRAMES),
        Case("gif-many-large-frames", gif(7000, 7000, gif_frame(7000, 7000) * 1001), FRAMES),
        Case("tiff-loop", tiff(8, 8, bytes(64), link=8), FRAMES),
        Case("png-ztxt", png(HEAD, RAW, chunk(b"zTXt", b"a\0\0" + ZEROS)), BROKEN),
        Case("png-itxt", png(HEAD, RAW, chunk(b"iTXt", b"a\0\1\0\0\0" + ZEROS)), BROKEN),
        Case("png-itxt-after", png(HEAD, RAW, after=chunk(b"iTXt", b"a\0\1\0\0\0" + ZEROS)), BROKEN),
        Case("png-iccp", png(HEAD, RAW, chunk(b"iCCP", b"a\0\0" + ZEROS)), BROKEN),
        Case("jpeg-scans", flat[:-2] + scan * 20_000 + b"\xff\xd9", BROKEN),
        Case("ppm-slow", b"P6 4000 4000 254\n" + bytes(48_000_000), PIXELS),
        Case("bmp-slow", slow_bmp(7000), PIXELS),
        Case("bmp-steps", slow_bmp(99), BROKEN),
    ]


def slow_bmp(side: int) -> bytes:
    """A run-length BMP, which Pillow decodes in Python, of a million steps that move nowhere."""
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + bytes(1024) + b"\0\2\0\0" * 1_000_000


def heavy_headers() -> list[Case]:
    """Small parts in great number: each would become an object before a pixel is seen."""
    jpeg = saved(SHOWN, "JPEG")
    same = [(tag, 7, 60_000, 0) for tag in range(1000, 5000)]
    comments = b"!\xfe" + b"\2ab" * 100_000 + b"\0"
    return [
        Case("png-chunks", png(HEAD, RAW, chunk(b"teST", b"") * 20_000), METADATA),
        Case("jpeg-segments", jpeg[:2] + segment(0xE5, b"") * 5000 + jpeg[2:], METADATA),
        Case("jpeg-exif-segments", jpeg[:2] + segment(0xE1, exif(1) + bytes(60_000)) * 20 + jpeg[2:], METADATA),
        Case("jpeg-junk", jpeg[:2] + b"\xff\xfe\0\2" + bytes(100_000) + jpeg[2:], BROKEN),
        Case("jpeg-fill", jpeg[:2] + b"\xff" * 100_000 + jpeg[2:], BROKEN),
        Case("png-empty-parts", SIGNATURE + HEAD + chunk(b"IDAT", b"") * 200_000 + chunk(b"IEND", b""), BROKEN),
        Case("ppm-comment", b"P6 #" + b"x" * 100_000 + b"\n2 2 255\n" + bytes(12), BROKEN),
        Case("ppm-blanks", b"P6 2 2" + b" " * 100_000 + b"255\n" + bytes(12), BROKEN),
        Case("ppm-comments", b"P3 2 2 255\n" + b"#\n" * 100_000 + b"1 " * 12, METADATA),
        Case("gif-comments", gif(9, 9, comments, gif_frame(1, 1)), METADATA),
        Case("tiff-strips", tiff(8, 8, bytes(2**22), (273, 4, 2**20, 200), (279, 4, 2**20, 200)), METADATA),
        Case("tiff-entries", directory([(tag, 3, 1, 0) for tag in range(5000)]), METADATA),
        Case("tiff-values-below", tiff(8, 8, directory([(1, 5, 2**20, 0)]), (34665, 4, 1, 134)), METADATA),
        Case("tiff-same-values", directory(same, bytes(60_000)), BROKEN),
    ]


def limits() -> list[Case]:
    """Sound images beyond what the configuration allows."""
    pages: dict[str, Any] = {"save_all": True, "append_images": [Image.new("L", (9, 9), 60 * n) for n in range(1, 5)]}
    few = ImageLimits(frames=4)
    return [
        Case("narrow", saved(np.zeros((60_000, 1), np.uint8), "PNG"), "too-narrow"),
        Case("wide", saved(np.zeros((1, 1000, 3), np.uint8), "JPEG"), "too-narrow"),
        Case("bytes", saved(SHOWN, "BMP"), "too-many-bytes", limits=ImageLimits(bytes=1000)),
        Case("small", saved(SHOWN, "PNG"), "too-small", limits=ImageLimits(side=65)),
        Case("pixels", saved(SHOWN, "WEBP"), PIXELS, limits=ImageLimits(pixels=WIDTH * HEIGHT - 1)),
        *(
            Case(f"frames-{form}", saved(Image.new("L", (9, 9)), form, **pages), FRAMES, limits=few)
            for form in ("GIF", "TIFF", "WEBP", "PNG", "MPO")
        ),
    ]


def no_images() -> list[Case]:
    """Anything else that a folder or a column may hold."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(zipfile.ZipInfo("image.png"), "x")
    return [
        Case("empty", b"", "empty-file"),
        Case("svg", SVG, "unsupported-format"),
        Case("svg-bom", b"\xef\xbb\xbf\n " + SVG, "unsupported-format"),
        Case("svg-comment", b"<!-- made by hand -->" + SVG, "unsupported-format"),
        Case("svg-gzip", gzip.compress(SVG, mtime=0), "no-image"),
        Case("html", b"<!DOCTYPE html><title>404</title>", "unsupported-format"),
        Case("html-upper", b"\r\n<HTML>", "unsupported-format"),
        Case("xml-bomb", LAUGHS, "unsupported-format"),
        Case("pdf", b"%PDF-1.7\n", "no-image"),
        Case("postscript", EPS, "no-image"),
        Case("zip", archive.getvalue(), "no-image"),
        Case("pickle", pickle.dumps({"image": b"x"}), "no-image"),
        Case("text", b"not found", "no-image"),
        Case("pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "no-image"),
        Case("zeros", bytes(100_000), "no-image"),
        Case("blanks", b" " * 100_000, "no-image"),
    ]


def other_formats() -> list[Case]:
    """What Pillow could open and nobody asked for."""
    image = Image.fromarray(SHOWN)
    forms = ("ICO", "ICNS", "TGA", "PCX", "SGI", "DDS", "EPS", "QOI", "MSP", "XBM", "SPIDER", "JPEG2000")
    modes = {"MSP": "1", "XBM": "1", "SPIDER": "F"}
    return [
        *(Case(form.lower(), saved(image.convert(modes.get(form, "RGB")), form), "no-image") for form in forms),
        Case("psd", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(99), "no-image"),
        Case("fli", struct.pack("<IHHHH", 128, 0xAF11, 1, 9, 9) + bytes(118), "no-image"),
        Case("wmf", b"\xd7\xcd\xc6\x9a" + bytes(60), "no-image"),
        Case("heic", b"\0\0\0\x18ftypheic" + bytes(60), "no-image"),
    ]
