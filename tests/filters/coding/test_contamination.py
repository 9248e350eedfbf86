"""Nothing of an evaluation set gets through, however it is spelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from contextpairs.data.code.trajectory import Instance
from contextpairs.filters.coding.contamination import (
    ContaminationOptions,
    EvaluationInstances,
    canonical_repository,
    repository_of_id,
)

ISSUE = (
    "Separable matrix is wrong for nested compound models. When a compound model is nested in another one, the "
    "matrix says that inputs and outputs are no longer separable, although nothing in the arithmetic has changed."
)


def indexed(instances: Iterable[Instance]) -> EvaluationInstances:
    """The built-in lists and these instances, with every rule on."""
    return EvaluationInstances(ContaminationOptions(), instances)


def by_rule(hits: Iterable[Sequence[str]]) -> Counter[str]:
    return Counter(rule for rules in hits for rule in rules)


LISTS_ONLY = indexed([])
WITH_ISSUE = indexed([Instance("own__thing-7", "own/thing", issue=ISSUE)])


def test_the_lists_hold_the_published_numbers_of_repositories() -> None:
    """12 of test, 6 of dev, 17 of Multimodal: 35 in all, since none stands in two sets."""

    def hits(sets: list[str], names: list[str]) -> int:
        index = EvaluationInstances(ContaminationOptions(sets=sets))
        return sum("repository" in index.check(name, "x", None) for name in names)

    test = "astropy/astropy django/django matplotlib/matplotlib mwaskom/seaborn pallets/flask psf/requests "
    test += "pydata/xarray pylint-dev/pylint pytest-dev/pytest scikit-learn/scikit-learn sphinx-doc/sphinx sympy/sympy"
    assert hits(["swe-bench-test"], test.split()) == hits(["swe-bench-verified"], test.split()) == 12
    assert hits(["swe-bench-dev"], test.split()) == 0
    everything = ContaminationOptions()
    assert len(EvaluationInstances(everything)._repositories) == 35


@pytest.mark.parametrize(
    "name",
    [
        "pallets/flask",
        "Pallets/Flask",
        "https://github.com/pallets/flask.git",
        "git@github.com:pallets/flask.git",
        "github.com/pallets/flask/",
        "pallets__flask",
        "pallets__flask.bc098406",
        "swesmith/pallets__flask.bc098406",
    ],
)
def test_a_repository_is_known_by_any_spelling_and_through_mirrors(name: str) -> None:
    assert canonical_repository(name) == "pallets/flask"
    assert LISTS_ONLY.check(name, "some-id", None) == ["repository"]


def test_dots_in_repository_names_are_kept() -> None:
    assert canonical_repository("processing/p5.js") == "processing/p5.js"
    assert LISTS_ONLY.check("HighlightJS/highlight.js", "x", None) == ["repository"]


def test_forks_count_by_name_unless_switched_off_or_the_name_is_a_common_word() -> None:
    assert LISTS_ONLY.check("someone/django", "x", None) == ["repository-name"]
    assert LISTS_ONLY.check("vercel/next", "x", None) == []
    assert EvaluationInstances(ContaminationOptions(match_name=False)).check("someone/django", "x", None) == []


@pytest.mark.parametrize(
    ("instance_id", "repository"),
    [
        ("django__django-11099", "django/django"),
        ("django__django-11099_3", "django/django"),
        ("pallets__flask.bc098406.func_basic__09vlzwgc", "pallets/flask"),
        ("swesmith/pydicom__pydicom.7d361b3d.pr_1234", "pydicom/pydicom"),
        ("scikit-learn__scikit-learn-10297", "scikit-learn/scikit-learn"),
        ("processing__p5.js-3068", "processing/p5.js"),
        ("no-repository-here", None),
    ],
)
def test_an_instance_id_tells_its_repository(instance_id: str, repository: str | None) -> None:
    assert repository_of_id(instance_id) == repository
    expected = ["repository", "instance-id"] if repository else []
    assert LISTS_ONLY.check(None, instance_id, None) == expected


def test_ids_of_given_evaluation_sets_are_kept_out_but_not_their_whole_repositories() -> None:
    assert WITH_ISSUE.check("own/thing", "own__thing-7", None) == ["instance-id"]
    assert WITH_ISSUE.check("own/thing", "own__thing-7_2", None) == ["instance-id"]
    assert WITH_ISSUE.check("own/thing", "own__thing-8", None) == []


def test_an_issue_is_known_by_its_words_inside_a_longer_prompt() -> None:
    prompt = f"<pr_description>\nPlease fix this!\n\n**{ISSUE.upper()}**\n</pr_description>\nUse bash."
    assert WITH_ISSUE.check("a/b", "a__b-1", prompt) == ["issue-text"]


def test_an_issue_that_shares_a_phrase_alone_is_kept() -> None:
    phrase = " ".join(ISSUE.split()[:16])
    assert WITH_ISSUE.check("a/b", "a__b-1", f"{phrase}. {'Quite another story follows here. ' * 20}") == []


def test_an_issue_too_short_for_ngrams_is_known_when_it_is_equal() -> None:
    index = indexed([Instance("i-1", issue="Crash on start!")])
    assert index.check("a/b", "a__b-1", "crash on start") == ["issue-text"]
    assert index.check("a/b", "a__b-1", "crash on start of the day") == []


def test_templates_shared_by_many_issues_do_not_count() -> None:
    template = (
        "I have checked that this has not been reported yet and that I use the newest release of the package. " * 2
    )
    issues = [f"{template} {word * 3} " + " ".join(f"{word}{i}" for i in range(30)) for word in ("ab", "cd", "ef")]
    index = indexed([Instance(f"i-{k}", issue=issue) for k, issue in enumerate(issues)])
    assert index.check("a/b", "a__b-1", f"{template} zz") == []
    assert index.check("a/b", "a__b-1", issues[0]) == ["issue-text"]


def test_off_means_that_everything_passes() -> None:
    index = EvaluationInstances(ContaminationOptions(enabled=False))
    assert index.check("django/django", "django__django-1", None) == []


def test_an_unknown_set_fails_before_any_work_and_names_the_known_ones() -> None:
    with pytest.raises(ValidationError, match=r"unknown sets \['swebench'\].*swe-bench-lite"):
        ContaminationOptions(sets=["swebench"])


def test_each_rule_is_told() -> None:
    hits = [LISTS_ONLY.check("django/django", "django__django-1", None), [], LISTS_ONLY.check("x/django", "y", None)]
    assert by_rule(hits) == {"instance-id": 1, "repository": 1, "repository-name": 1}


def test_every_real_swe_bench_lite_instance_is_caught_by_each_rule(shared: Path) -> None:
    lines = (shared / "trajectories/instances.jsonl").read_bytes().splitlines()
    rows = [orjson.loads(line) for line in lines if line]
    instances = [Instance(row["instance_id"], row["repo"], issue=row["problem_statement"]) for row in rows]
    index = indexed(instances)
    hits = [index.check(i.repository, i.instance_id, i.issue) for i in instances]
    assert by_rule(hits) == {"instance-id": 300, "issue-text": 300, "repository": 300}


def test_issues_of_another_repository_are_not_taken_for_real_ones(shared: Path) -> None:
    """Django's issues against an index of everybody else's: what is found here would be a false alarm."""
    lines = (shared / "trajectories/instances.jsonl").read_bytes().splitlines()
    rows = [orjson.loads(line) for line in lines if line]
    others = [Instance(r["instance_id"], issue=r["problem_statement"]) for r in rows if r["repo"] != "django/django"]
    django = [r["problem_statement"] for r in rows if r["repo"] == "django/django"]
    index = indexed(others)
    assert len(django) > 100
    assert [issue for issue in django if index.check("a/b", "a__b-1", issue)] == []
