"""Credentials are found by where they stand, whatever they look like."""

from __future__ import annotations

from typing import Any

import pytest

from contextpairs.data.store.credentials import credentials_in


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"storage": {"key": "a", "secret": "b", "token": "c"}}, ["storage.key", "storage.secret", "storage.token"]),
        (
            {"storage": {"client_kwargs": {"aws_secret_access_key": "a"}}},
            ["storage.client_kwargs.aws_secret_access_key"],
        ),
        ({"dest_storage": {"connection_string": "a"}}, ["dest_storage.connection_string"]),
        ({"storage": {"account_key": "a", "sas_token": "b"}}, ["storage.account_key", "storage.sas_token"]),
        ({"sources": [{"path": "s3://me:pw@host/x"}, "https://u:p@h/y"]}, ["sources.0.path", "sources.1"]),
        ({"source": {"storage": {"password": "a"}}}, ["source.storage.password"]),
    ],
)
def test_a_credential_is_found(fields: dict[str, Any], places: list[str]) -> None:
    assert list(credentials_in(fields)) == places


@pytest.mark.parametrize(
    "fields",
    [
        {"storage": {"anon": True, "endpoint_url": "http://host:9000", "profile": "team", "requester_pays": True}},
        {"source": {"columns": {"id": "key", "token": "secret"}}, "max_tokens": 5, "judge": {"api_key_env": "KEY"}},
        {"sources": ["git@host:runs", "s3://bucket/a@b", "hf:owner/name", "https://host:8000/a@b:c"], "limit": None},
    ],
)
def test_what_only_looks_like_one_is_none(fields: dict[str, Any]) -> None:
    assert not list(credentials_in(fields))
