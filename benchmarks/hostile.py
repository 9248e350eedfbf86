"""Rows that a stranger writes to stall a build, and what they cost it beside good ones.

python -m benchmarks.hostile --rows 1000 --out /tmp/hostile
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.corpus import write_corpus

LONGEST = 20_000
"""Bytes of a row at most."""
FILLINGS = (
    "`", "'", '"', "```\n", "1-", "[-a{+b", "{+", "max((left, 0", "\\", "\r", "\x1b[1K", "[0m [31m", "a\x1b[1K", "? ",
    "1: ", "=======\n", "| 1 ", "replace a ", "sed -i 's/\\(a*\\)*b/x/' f.py\n", "()", "AKIA", "a@", "http://a:", " ",
)  # fmt: skip
"""What expressions have been slow on."""
DEPTHS = (101, 500, 990, 2_000, 9_000)


def run(turns: Any, **more: Any) -> bytes:
    """A record of a run."""
    return json.dumps({"instance_id": "evil__rows.0a1b2c3d.x", "messages": turns, **more}).encode()


def said(text: str) -> list[dict[str, str]]:
    """A run in which agent and tool say the same."""
    return [
        {"role": "user", "content": text},
        {"role": "assistant", "content": text},
        {"role": "user", "content": text},
    ]


def filled(filling: str, longest: int) -> str:
    """A filling as often as there is room for in a quarter of a row."""
    return filling * (longest // 4 // len(json.dumps(filling)[1:-1]))


def hostile_runs(longest: int = LONGEST) -> list[bytes]:
    """Sixty lines, none of which a build may take in.

    Args:
        longest: bytes that each has at most; those that need no more to be hostile have fewer.
    """
    patches = ("@@ -1 +1 @@\n", "+++ ../../../x\n", "@@ -" + "9" * 4_000)
    plain, head = run(said("hi")), b'{"instance_id": "evil__rows.0a1b2c3d.x", "messages": '
    return [
        *(plain[:-1] + b', "x": ' + b"[" * depth + b"]" * depth + b"}" for depth in DEPTHS),
        *(plain[:-1] + b', "x": ' + b'{"a":' * (depth // 5) + b"1" + b"}" * (depth // 5) + b"}" for depth in DEPTHS),
        *(head + b"[" * depth + b"NaN" + b"]" * depth + b"}" for depth in DEPTHS),
        *(plain[:-1] + b', "%b": %b}' % (name, b"9" * 19_000) for name in (b"resolved", b"patch", b"x")),
        *(run(said(text)) for text in ("\ud800" * 900, "\0" * 900)),
        plain[:-1] + b', "x": 1' * 2_000 + b"}",
        run([{"role": "user", "content": ""}] * 500),
        run([1] * 5_000),
        run([[]] * 3_000),
        run([{"role": ["user"], "content": {"a": [1] * 5_000}}]),
        plain.replace(b"hi", b"\xff\xfe"),
        plain[:-9],
        b"[" * 9_000,
        b"{" * 9_000,
        b'"' + b"a" * 9_000,
        b"null",
        *(run(said(filled(filling, longest))) for filling in FILLINGS),
        *(run(said("x"), patch=filled(text, longest)) for text in patches),
        run(said("x"), instance_id="\x1b[31m\u202e]8;;http://evil/\x07click", patch=5),
        run(said("x"), model_stats={"a": "b"}, info={"mini_version": ["x"]}, trajectory_format="mini-swe-agent"),
    ]  # fmt: skip


def png(*chunks: tuple[bytes, bytes], width: int = 4, height: int = 4, pixels: bytes = b"") -> bytes:
    """A PNG file of black pixels with some more chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = pixels or zlib.compress(bytes(height * (1 + 3 * width)))
    parts = ((b"IHDR", header), *chunks, (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def hostile_pictures() -> Iterator[bytes]:
    """Pictures of a few kilobytes that would be gigabytes, or take long."""
    bomb = zlib.compress(bytes(10**7), 9)
    yield png((b"zTXt", b"k\0\0" + bomb))
    yield png((b"iCCP", b"k\0\0" + bomb))
    yield png(pixels=bomb)
    yield png(width=60_000, height=60_000, pixels=b"x")
    yield png(width=2**31 - 1, height=2**31 - 1, pixels=b"x")
    yield png(width=7_000, height=7_000, pixels=zlib.compress(b"\0"))
    yield b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0"
    yield b"P6 99999 99999 255\n"


def hostile_questions() -> list[bytes]:
    """Lines of rows that ask about pictures, none of which a build may take in."""
    asked = {"image": "a.png", "question": "Is it red?", "answer": "yes"}
    line = json.dumps(asked).encode()
    rows: list[dict[str, Any]] = [
        {"question": "`" * 19_000, "answer": []},
        {"question": "A. x B. y " * 1_900, "answer": "Q"},
        {"answer": "a" * 19_000},
        {"answer": ["yes"] * 2_000},
        {"choices": ["a"] * 3_000},
        {"conversations": [{"from": "x" * 50, "value": []}] * 200, "question": None},
        *({"image": path} for path in (
            "/etc/passwd", "../../../../etc/passwd", "zip://a.png::/etc/x.zip", "zip://a::zip://b::../x.zip",
            "tar://a.png::broken.tar", "tar://a.png::tar://b.tar::broken.tar", "tar://a.png::", "http://x/a.png", "\0",
            "a" * 9_000, "file:///etc/passwd", "data:image/png;base64,!!!!",
        )),
        *({"image": "data:image/x;base64," + base64.b64encode(each).decode()} for each in hostile_pictures()),
    ]  # fmt: skip
    return [
        *(line[:-1] + b', "x": ' + b"[" * depth + b"]" * depth + b"}" for depth in DEPTHS),
        *(json.dumps({**asked, **row}).encode() for row in rows),
        line.replace(b'"yes"', b"9" * 19_000),
    ]


def measured(sources: list[Path], out: Path) -> float:
    """Seconds of processor time of a build in this process."""
    from contextpairs import build_coding
    from contextpairs.pipelines.run.build import NothingToPublish

    began = time.process_time()
    # Of hostile rows alone nothing is left.
    with suppress(NothingToPublish):
        build_coding(
            sources=[str(each) for each in sources],
            out=str(out),
            limit=200,
            audit={"enforce": False},
            engine={"workers": 1},
        )
    return time.process_time() - began


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Time good rows, and rows that were made to stall a build.")
    parser.add_argument("--rows", type=int, default=1000, help="good runs")
    parser.add_argument("--row-kb", type=float, default=50.0, help="their mean size in thousands of characters")
    parser.add_argument("--hostile-kb", type=int, default=20, help="size of a hostile row in thousands of bytes")
    parser.add_argument("--out", type=Path, required=True, help="an empty directory")
    arguments = parser.parse_args()
    write_corpus(arguments.out / "good", arguments.rows, row_kb=arguments.row_kb)
    bad = arguments.out / "bad.jsonl"
    bad.write_bytes(b"\n".join(hostile_runs(arguments.hostile_kb * 1000)))
    # What is loaded once counts for neither.
    measured([], arguments.out / "warm")
    for name, source in (("good rows", arguments.out / "good"), ("hostile rows", bad)):
        seconds = measured([source], arguments.out / name.replace(" ", "-"))
        print(f"{name}: {seconds:.2f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
