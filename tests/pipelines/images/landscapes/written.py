"""Forty scenes, each with its ten copies under right and wrong answers, and forty clean couples, as a source has them.

Scene sNN: one original (kind "original", always right) and ten copies under the scene's question; five of them have
the right answer and five a wrong one, and each kind is right in half of the scenes. Scenes cNNa and cNNb (kind
"clean"): two scenes of one sort of place under one question that no other row has, with two right answers that differ.
Asked are counts and presence, which no copy changes: things lie in the inner 72 % of the picture, so that a crop cuts
none. Every picture depends on the seed, its scene and its kind alone.

Made apart from the code that is tested and before it, from what copies are said to be: it is not to be fitted to what
that code finds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.pipelines.images.landscapes.copied import copy_of, jpeg
from tests.pipelines.images.landscapes.rendering import render
from tests.pipelines.images.landscapes.view import View

KINDS = ["recompress", "half", "crop", "border", "letterbox", "mirror", "turn", "grey", "recolour", "watermark"]
OBJECTS = {
    "ball": "balls",
    "stone": "stones",
    "box": "boxes",
    "jar": "jars",
    "cone": "traffic cones",
    "apple": "apples",
}
PLACES = {
    "beach": "on the beach",
    "meadow": "in the meadow",
    "desert": "in the desert",
    "snow": "in the snow",
    "lake": "by the lake",
    "forest": "on the forest floor",
    "table": "on the wooden floor",
    "tiles": "on the tiled floor",
    "street": "on the street",
    "carpet": "on the carpet",
}


def plan(seed: Any, scenes: Any, couples: Any) -> Any:
    """What is shown in each scene: place, asked object, count, question, answer."""
    rng = np.random.default_rng([seed, 1])
    names, objs = list(PLACES), list(OBJECTS)
    out = []
    for i in range(scenes):
        place, k = names[i % len(names)], objs[(i + i // 6) % 6]
        if (place, k) == ("lake", "stone"):
            k = "box"  # its ground is of stones
        others = [o for o in objs if o != k]
        ex = [str(o) for o in rng.choice(others, rng.integers(1, 3))]
        if i % 5 == 3:  # presence
            there = i // 5 % 4 < 2
            n = int(rng.integers(1, 4)) if there else 0
            q, right, wrong = (
                f"Is there {'an' if k[0] in 'aeiou' else 'a'} {'traffic cone' if k == 'cone' else k} in the picture?",
                "yes" if there else "no",
                ["no" if there else "yes"],
            )
            if not there:
                ex = [str(o) for o in rng.choice(others, 3)]
        else:
            n = int(rng.integers(1, 6))
            q, right = f"How many {OBJECTS[k]} are in the picture?", str(n)
            wrong = [str(m) for m in range(1, 8) if m != n]
        out.append(
            {
                "scene": f"s{i:02d}",
                "place": place,
                "kind": k,
                "count": n,
                "extra": ex,
                "question": q,
                "answer": right,
                "wrong": wrong,
                "seed": [seed, 2, i],
                "style": [seed, 3, i],
            }
        )
    combos = [(p, k) for p in names for k in objs if (p, k) != ("lake", "stone")]
    rng.shuffle(combos)
    assert couples <= len(combos)
    for j in range(couples):
        place, k = combos[j]
        na, nb = (int(v) for v in rng.choice(np.arange(1, 6), 2, replace=False))
        for side, n in (("a", na), ("b", nb)):
            ex = [str(o) for o in rng.choice([o for o in objs if o != k], rng.integers(0, 3))]
            out.append(
                {
                    "scene": f"c{j:02d}{side}",
                    "place": str(place),
                    "kind": str(k),
                    "count": n,
                    "extra": ex,
                    "question": f"How many {OBJECTS[k]} are {PLACES[place]}?",
                    "answer": str(n),
                    "wrong": None,
                    "seed": [seed, 4, j, ord(side)],
                    "style": [seed, 5, j],
                }
            )
    return out


def write(folder: Path, scenes: int = 40, couples: int = 40, seed: int = 14) -> list[dict[str, Any]]:
    """Write pictures and qa.jsonl into a folder; about 3 s a scene. Returns the rows with `scene`, `kind`, `right`."""
    rows = []
    for number, planned in enumerate(plan(seed, scenes, couples)):
        rows += shown(planned, np.random.default_rng([seed, 6, number]), folder)
        rows += [] if planned["wrong"] is None else copied(planned, number, seed, folder)
    asked = [{name: row[name] for name in ("image", "question", "answer")} for row in rows]
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, asked)))
    return rows


def shown(planned: Any, rng: Any, folder: Path) -> list[dict[str, Any]]:
    """The original, saved."""
    im = render(View(*(planned[name] for name in ("place", "kind", "count", "seed", "style", "extra"))))
    png = rng.random() < 0.25
    name = f"{planned['scene']}.{'png' if png else 'jpg'}"
    q = int(rng.integers(88, 96))
    im = im if png else jpeg(im, q)
    im.save(folder / name, **({} if png else {"quality": q}))
    planned["shown"] = im
    kind = "clean" if planned["wrong"] is None else "original"
    return [row_of(planned, name, kind, planned["answer"], True)]


def copied(planned: Any, number: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    """Its ten copies, saved."""
    rows = []
    for k, kind in enumerate(KINDS):
        r = np.random.default_rng([seed, 7, number, k])
        right = (number + number // 10 + k) % 2 == 0
        c, png, q = copy_of(planned["shown"], kind, r)
        name = f"{planned['scene']}_{kind}.{'png' if png else 'jpg'}"
        c.save(folder / name, **({} if png else {"quality": q}))
        answer = planned["answer"] if right else planned["wrong"][int(r.integers(len(planned["wrong"])))]
        rows.append(row_of(planned, name, kind, answer, right))
    return rows


def row_of(planned: Any, image: str, kind: str, answer: str, right: bool) -> dict[str, Any]:
    """A row with what is known of it."""
    said = {"question": planned["question"], "answer": answer, "scene": planned["scene"]}
    return {"image": image, **said, "kind": kind, "right": right}
