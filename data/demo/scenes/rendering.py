"""Any number of scenes from a seed, in five domains."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from contextpairs.data.demo.scenes.charts import charts_scene
from contextpairs.data.demo.scenes.diagrams import diagrams_scene
from contextpairs.data.demo.scenes.geometry import geometry_scene
from contextpairs.data.demo.scenes.objects import objects_scene
from contextpairs.data.demo.scenes.scene import Scene
from contextpairs.data.demo.scenes.tables import tables_scene

DOMAINS: dict[str, Callable[[Random], Scene]] = {
    "objects": objects_scene,
    "geometry": geometry_scene,
    "charts": charts_scene,
    "tables": tables_scene,
    "diagrams": diagrams_scene,
}


def scene(domain: str, seed: int, number: int) -> Scene:
    """Scene `number` of a seed: always the same one, whatever else is rendered."""
    return DOMAINS[domain](Random(f"{domain} {seed} {number}"))
