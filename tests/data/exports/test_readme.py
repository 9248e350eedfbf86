"""The manual's lines that start a run say what the exports themselves print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contextpairs.data.exports.forms import form_named

TRAINERS = Path(__file__).parents[3] / "docs" / "trainers.md"
SETTING = re.compile(r"[+\w.]+=[^\s{]+|--\w+ [^\s{]+")
"""A setting whose value names no place."""


@pytest.mark.parametrize("name", ["trl", "trl-preference", "verl", "easyr1", "skyrl"])
def test_settings_of_a_start_line_stand_in_the_manual(name: str) -> None:
    said = TRAINERS.read_text()
    settings = [each for each in SETTING.findall(form_named(name).start) if "generator.vision" not in each]
    assert settings
    assert [each for each in settings if each not in said] == []
