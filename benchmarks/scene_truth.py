"""How many published pairs of rendered scenes are true: `python -m benchmarks.scene_truth out/demo/images`.

The renderer knows what each scene shows. Of an edited image the renderer's inverse reads what it shows: an edit is true
if that is exactly what its instruction makes of the original, and if the question's answer is then the row's.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from contextpairs.data.demo.scenes.changes import apply
from contextpairs.data.demo.scenes.objects import ObjectsScene
from contextpairs.data.demo.scenes.reading import read_scene
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.demo.scenes.scene import Scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.store import Store


def main() -> None:
    """Count, print, and list what is not true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", help="store of image pairs that was built without sources")
    given = parser.parse_args()
    store = Store(given.out)
    version = store.latest() or parser.error(f"{given.out} holds no version")
    manifest = store.manifest(version)
    counts: Counter[tuple[str, str]] = Counter()
    for split in SPLITS:
        number = manifest.rows.get(split, 0)
        for start in range(0, number, 100):
            for row in store.take(version, split, range(start, min(number, start + 100))):
                fault = fault_of(row)
                counts[row["strategy"], fault or "true"] += 1
                if fault:
                    print(row["pair_id"], row["strategy"], fault, row["query"], row["answer"])
    for strategy in sorted({strategy for strategy, _ in counts}):
        mine = {fault: count for (name, fault), count in sorted(counts.items()) if name == strategy}
        total = sum(mine.values())
        print(f"{strategy}: {mine.get('true', 0)} of {total} true ({mine.get('true', 0) / total:.2%}) {mine}")
    for line in manifest.funnel:
        if line.stage in ("proposals", "edits"):
            print(f"{line.stage}: {line.rows_out} of {line.rows_in} ({line.rows_out / max(1, line.rows_in):.1%})")


def fault_of(row: dict[str, Any]) -> str | None:
    """What is wrong with a pair, or None."""
    said = json.loads(row["provenance"])
    positive, negative = (_shown(said[side], row[side]) for side in ("positive", "negative"))
    if positive is None or negative is None:
        return "edit differs from its instruction, or its original from the scene"
    right, wrong = _answer(positive, row["query"]), _answer(negative, row["query"])
    if right != row["answer"]:
        return f"the positive shows {right}"
    if wrong is None:
        return "the question has no answer on the negative"
    return "the negative shows it too" if wrong == row["answer"] else None


def _answer(shown: Scene, question: str) -> str | None:
    return next((asked.answer for asked in shown.asked() if asked.question == question), None)


def _shown(side: dict[str, Any], image: dict[str, Any]) -> Scene | None:
    """The scene that an image shows; None for an edit, or a redrawn original, that is not as it is to be."""
    domain, seed, number = side["key"].rsplit("-", 2)
    original = scene(domain, int(seed), int(number))
    if "instruction" not in side and "redrawn_from" not in side:
        return original
    assert isinstance(original, ObjectsScene)
    pixels = np.asarray(Image.open(BytesIO(image["bytes"])).convert("RGB"))
    wanted = apply(side["instruction"], original) if "instruction" in side else original
    return wanted if wanted and read_scene(pixels, original).scene == wanted else None


if __name__ == "__main__":
    main()
