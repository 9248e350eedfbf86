"""A few rounds of the race on one store: 8 writers, 2 readers."""

from __future__ import annotations

import pytest

from benchmarks.store_race import place, race


@pytest.mark.parametrize("s3", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_writers_and_readers_on_one_store(s3: bool) -> None:
    if s3:
        pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
        pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")
    with place(s3) as (root, options):
        counted = race(root, options, rounds=2)
    assert not [what for what in counted if what.startswith("WRONG")], counted
    assert counted["told rightly"] == 16
    assert counted["versions"] >= 2 * 6
    assert counted["looks"] > 2
