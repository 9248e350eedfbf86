"""Names under which a run is shown hold the store, and nothing that should not be shown."""

from __future__ import annotations

import re

import pytest

from contextpairs.pipelines.run.shown import finite_steps, key_of, short_name


@pytest.mark.parametrize(
    ("store", "name", "key"),
    [
        ("out/coding", "out/coding", "funnel-out-coding"),
        ("/srv/team/out/Nightly/coding/", "Nightly/coding", "funnel-nightly-coding"),
        ("s3://bucket/pairs/v2", "pairs/v2", "funnel-pairs-v2"),
        ("s3://me:hush@bucket/pairs?token=hush", "bucket/pairs", "funnel-bucket-pairs"),
        ("out", "out", "funnel-out"),
        ("/", "store", "funnel-store"),
    ],
)
def test_a_store_is_named_by_its_last_folders(store: str, name: str, key: str) -> None:
    assert short_name(store) == name
    assert key_of("funnel", store) == key
    assert re.fullmatch("[a-z0-9-]+", key)


def test_a_table_holds_numbers_that_it_can_hold() -> None:
    assert finite_steps([{"loss": 0.5, "norm": float("nan"), "note": "x", "step": 1}]) == [{"loss": 0.5, "step": 1}]
