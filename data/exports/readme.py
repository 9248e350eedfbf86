"""The README of an export: what it is, how a run is started; its head tells `datasets` which file is which split."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from contextpairs.data.exports.form import Form
from contextpairs.data.exports.sources import Source

HERE = "path/of/this/folder"


def render_readme(form: Form, source: Source, splits: Sequence[str]) -> str:
    """Markdown with a YAML head that `datasets` reads. It names no path, so that equal exports have equal bytes."""
    files = [{"split": split, "path": file_name(form, split)} for split in splits]
    head = {"configs": [{"config_name": "default", "data_files": files}]}
    said = f"{source.manifest.title}, {source.domain} {source.name} ({source.manifest.digest[:12]}), for {form.name}."
    start = start_of(form, splits, HERE)
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n{said}\n\nTo start a run:\n\n```\n{start}\n```\n"


def start_of(form: Form, splits: Sequence[str], here: str) -> str:
    """The lines that start a run on an export at `here`; a split that was not exported is stood in for by the other."""
    train, probe = (
        f"{here}/{file_name(form, split if split in splits else splits[0])}" for split in ("train", "probe")
    )
    return form.start.replace("{here}", here).replace("{train}", train).replace("{probe}", probe)


def file_name(form: Form, split: str) -> str:
    """The file that holds a split."""
    return f"{split}.{'jsonl' if form.columns is None else 'parquet'}"
