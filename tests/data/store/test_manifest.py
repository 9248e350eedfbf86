"""The manifest: deterministic, self-checking, without secrets or places of the machine that wrote it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contextpairs.data.store.manifest import FunnelStage, Manifest, SourceUse
from contextpairs.data.store.sealed import ManifestError
from tests.data.pairs.pair_rows import account


def test_it_reads_back_as_it_was_written() -> None:
    manifest = account().sealed()
    assert Manifest.parsed(manifest.to_bytes(), "manifest.json") == manifest
    assert manifest.is_intact()


@given(st.permutations(["b", "a", "é"]))
def test_equal_knowledge_is_equal_bytes(names: list[str]) -> None:
    expected = account(nested=dict.fromkeys(["a", "b", "é"], 1)).to_bytes()
    assert account(nested=dict.fromkeys(names, 1)).to_bytes() == expected


def test_a_changed_figure_breaks_the_seal_and_a_new_place_does_not() -> None:
    manifest = account().sealed()
    assert not manifest.model_copy(update={"code_version": "other"}).is_intact()
    assert manifest.model_copy(update={"location": "../../objects/x"}).is_intact()


@pytest.mark.parametrize(
    ("uri", "published"),
    [
        ("/home/somebody/corpus/a.parquet", "a.parquet"),
        ("file:///home/somebody/a.parquet", "a.parquet"),
        ("data/a.parquet", "data/a.parquet"),
        ("s3://bucket/a.parquet", "s3://bucket/a.parquet"),
        ("https://user:word@host/a.parquet?X-Signature=abc", "https://host/a.parquet"),
        ("hf:owner/name@main?config=c&split=s", "hf:owner/name@main?config=c&split=s"),
    ],
)
def test_sources_name_no_machine_and_no_secret(uri: str, published: str) -> None:
    assert SourceUse(uri=uri, fingerprint="f", rows=1).uri == published


def test_secrets_of_the_configuration_are_redacted() -> None:
    manifest = account(
        storage={"s3": {"key": "AK", "secret": "S", "client_kwargs": {"aws_session_token": "T"}}},
        judge=[{"api_key": "K", "api_key_env": "JUDGE_KEY", "max_tokens": 5}],
        budget={"tokens": 32768, "token": None},
    )
    text = manifest.to_bytes().decode()
    assert manifest.configuration["judge"] == [{"api_key": "[redacted]", "api_key_env": "JUDGE_KEY", "max_tokens": 5}]
    assert manifest.configuration["budget"] == {"tokens": 32768, "token": None}
    assert not {'"AK"', '"S"', '"T"', '"K"'} & set(text.replace(",", " ").split())


def test_a_funnel_that_does_not_add_up_is_refused() -> None:
    FunnelStage(stage="judge", unit="couples", rows_in=10, rows_out=6, reasons={"judge-wrong": 3}, owed=1)
    with pytest.raises(ValidationError, match="'judge': 10 couples in, 6 out, 3 rejected or owed"):
        FunnelStage(stage="judge", unit="couples", rows_in=10, rows_out=6, reasons={"judge-wrong": 3})


@pytest.mark.parametrize(
    ("change", "field"), [({"format": 2}, "format"), ({"rows": {"train": -1}}, "rows.train"), ({"x": 1}, "x")]
)
def test_a_bad_manifest_is_named_with_its_field(change: dict[str, object], field: str) -> None:
    payload = json.dumps({**json.loads(account().to_bytes()), **change}).encode()
    with pytest.raises(ManifestError, match=f"v000001/manifest.json: {field}: "):
        Manifest.parsed(payload, "v000001/manifest.json")


def test_half_a_manifest_is_named() -> None:
    with pytest.raises(ManifestError, match=r"v1/manifest\.json: the document"):
        Manifest.parsed(account().to_bytes()[:100], "v1/manifest.json")


def test_a_bare_manifest_needs_only_its_domain() -> None:
    assert Manifest(domain="coding").sealed().is_intact()
