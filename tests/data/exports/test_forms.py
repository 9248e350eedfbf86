"""The forms by name: what a configuration may ask for is what there is."""

from __future__ import annotations

from typing import get_args

import pytest

from contextpairs.data.exports.forms import FORMS, FormName, form_named
from contextpairs.data.exports.record import ExportError


def test_a_configuration_may_name_every_form_and_no_other() -> None:
    assert get_args(FormName) == tuple(FORMS)
    with pytest.raises(ExportError, match="unknown form 'parquet'; expected one of datasets, trl,"):
        form_named("parquet")


def test_an_exported_split_stands_in_for_one_that_was_not() -> None:
    start = FORMS["verl"].start_at("/out", ["probe"])
    assert "data.train_files=/out/probe.parquet data.val_files=/out/probe.parquet" in start
