"""Exact edits of scenes of objects: an instruction, and the scene that it leads to."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import NamedTuple

from contextpairs.data.answers.words import plural
from contextpairs.data.demo.scenes.objects import COLORS, PLACES, SHAPES, SIZES, ObjectsScene, Thing


class SceneChange(NamedTuple):
    """An instruction and what becomes of the scene."""

    instruction: str
    scene: ObjectsScene


KINDS = ("color", "shape", "size", "move", "add", "remove", "remove all")
TRIES = 12
GRAMMAR = (
    ("color", re.compile(r"make the (?P<what>[\w ]+) (?P<to>red|green|blue|yellow|purple|black)")),
    ("size", re.compile(r"make the (?P<what>[\w ]+) (?P<to>small|large)")),
    ("shape", re.compile(r"turn the (?P<what>[\w ]+) into an? (?P<to>\w+)")),
    ("move", re.compile(r"move the (?P<what>[\w ]+) to the (?P<to>[\w ]+)")),
    ("add", re.compile(r"add an? (?P<what>[\w ]+) at the (?P<to>[\w ]+)")),
    ("remove all", re.compile(r"remove all (?P<what>\w+)")),
    ("remove", re.compile(r"remove the (?P<what>[\w ]+)")),
)


def random_change(scene: ObjectsScene, random: Random) -> SceneChange:
    """A change that is possible in this scene, each kind as often as the others."""
    for kind in random.sample(KINDS, len(KINDS)):
        for _ in range(TRIES):
            instruction = _instruction(kind, scene, random)
            if changed := apply(instruction, scene):
                return SceneChange(instruction, changed)
    raise ValueError("a scene without things or places cannot be changed")


def apply(instruction: str, scene: ObjectsScene) -> ObjectsScene | None:
    """The scene after an instruction; None where it is not understood, means no one thing, or changes nothing."""
    for kind, form in GRAMMAR:
        found = form.fullmatch(instruction)
        if found:
            changed = _applied(kind, found["what"], found.groupdict().get("to") or "", scene)
            return changed if changed and changed != scene and _is_sound(changed) else None
    return None


def _applied(kind: str, what: str, to: str, scene: ObjectsScene) -> ObjectsScene | None:
    if kind == "add":
        color, _, shape = what.partition(" ")
        if to not in PLACES or PLACES.index(to) not in scene.free() or color not in COLORS or shape not in SHAPES:
            return None
        return _with(scene, [*scene.things, Thing(color, shape, "large", PLACES.index(to))])
    if kind == "remove all":
        return _with(scene, [thing for thing in scene.things if plural(thing.shape) != what])
    meant = _meant(what, scene)
    if meant is None:
        return None
    others = [thing for thing in scene.things if thing != meant]
    changed = _changed(kind, meant, to, scene)
    return _with(scene, others if kind == "remove" else [*others, changed]) if changed else None


def _changed(kind: str, thing: Thing, to: str, scene: ObjectsScene) -> Thing | None:
    if kind == "move":
        return thing._replace(place=PLACES.index(to)) if to in PLACES and PLACES.index(to) in scene.free() else None
    known = {"color": COLORS, "shape": SHAPES, "size": SIZES, "remove": ("",)}[kind]
    if to not in known:
        return None
    return thing if kind == "remove" else Thing(**{**thing._asdict(), kind: to})


def _meant(what: str, scene: ObjectsScene) -> Thing | None:
    """The only thing that the words fit."""
    words = {word for word in what.split() if word != "object"}
    fitting = [thing for thing in scene.things if words <= {thing.color, thing.shape}]
    return fitting[0] if len(fitting) == 1 else None


def _with(scene: ObjectsScene, things: list[Thing]) -> ObjectsScene:
    return replace(scene, things=tuple(sorted(things, key=lambda thing: thing.place)))


def _is_sound(scene: ObjectsScene) -> bool:
    return len({(thing.color, thing.shape) for thing in scene.things}) == len(scene.things)


def _instruction(kind: str, scene: ObjectsScene, random: Random) -> str:
    thing = random.choice(scene.things)
    place = PLACES[random.choice(scene.free())]
    if kind == "add":
        return f"add a {random.choice(list(COLORS))} {random.choice(SHAPES)} at the {place}"
    if kind == "remove all":
        return f"remove all {plural(thing.shape)}"
    name = random.choice(_names(thing, scene))
    return {
        "color": f"make the {name} {random.choice(list(COLORS))}",
        "shape": f"turn the {name} into a {random.choice(SHAPES)}",
        "size": f"make the {name} {random.choice(list(SIZES))}",
        "move": f"move the {name} to the {place}",
        "remove": f"remove the {name}",
    }[kind]


def _names(thing: Thing, scene: ObjectsScene) -> list[str]:
    """Words that mean this thing and no other."""
    names = [f"{thing.color} {thing.shape}"]
    if sum(each.shape == thing.shape for each in scene.things) == 1:
        names.append(thing.shape)
    if sum(each.color == thing.color for each in scene.things) == 1:
        names.append(f"{thing.color} object")
    return names
