"""What instance ids, repository notations and prompts tell."""

from __future__ import annotations

import pytest

from contextpairs.data.code.trajectory import Message
from contextpairs.data.sources.trajectories.identity import (
    candidate_ids,
    parse_instance_id,
    quoted_issue,
    repository_name,
)


@pytest.mark.parametrize(
    ("instance_id", "repository", "commit"),
    [
        ("oauthlib__oauthlib.1fd52536.combine_file__09vlzwgc", "oauthlib/oauthlib", "1fd52536"),
        ("pandas-dev__pandas.95280573.pr_53856", "pandas-dev/pandas", "95280573"),
        ("Mimino666__langdetect.py.a1598f1a.lm_rewrite__x", "Mimino666/langdetect.py", "a1598f1a"),
        ("django__django-13410", "django/django", None),
        ("tomerfiliba__plumbum-366_17", "tomerfiliba/plumbum", None),
        ("scikit-learn_1776_scikit-learn-10297", "scikit-learn/scikit-learn", None),
        ("Project-MONAI__MONAI-5686", "Project-MONAI/MONAI", None),
        ("swe-agent__test-repo-i1", None, None),
        ("BabyEncryption", None, None),
        ("", None, None),
    ],
)
def test_instance_id_tells_repository_and_commit(instance_id: str, repository: str | None, commit: str | None) -> None:
    assert parse_instance_id(instance_id) == (repository, commit)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("own/name", "own/name"),
        ("https://github.com/own/name.git", "own/name"),
        ("https://github.com/own/name/", "own/name"),
        ("git@github.com:own/name.git", "own/name"),
        ("own__name", "own/name"),
        ("swesmith/own__name.1fd52536", "own/name"),
        ("one word", None),
    ],
)
def test_repository_is_written_owner_slash_name(text: str, name: str | None) -> None:
    assert repository_name(text) == name


def test_candidate_ids_try_the_id_itself_first() -> None:
    """`pr_53856` ends like a run number: taking it off first would join another instance or none."""
    assert next(candidate_ids("pandas-dev__pandas.95280573.pr_53856")) == "pandas-dev__pandas.95280573.pr_53856"
    assert "o__r-12" in candidate_ids("o__r-12_3")
    assert "o__r.1fd52536.func__abc" in candidate_ids("o__r.1fd52536.func__abc.arbkompf_0")


@pytest.mark.parametrize(
    ("prompt", "issue"),
    [
        ("<pr_description>\nConsider the following PR description:\nA\nB\n</pr_description>\n<x>", "A\nB"),
        ("Consider the following:\n\n<pr_description>\nA\n</pr_description>\nis <pr_description> met?", "A"),
        ("<issue_description> A </issue_description>", "A"),
        ("Here's the issue text:\nISSUE:\nA\nB\n\nINSTRUCTIONS:\nNow", "A\nB"),
        ("<pr_description>\n</pr_description>", None),
        ("just do it", None),
    ],
)
def test_issue_is_quoted_from_the_prompt(prompt: str, issue: str | None) -> None:
    messages = [Message("system", "<issue>no</issue>"), Message("user", prompt), Message("user", "<issue>no</issue>")]
    assert quoted_issue(messages) == issue
