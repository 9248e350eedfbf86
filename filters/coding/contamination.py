"""Keep evaluation sets out of training data: by repository, by instance id, by the words of the issue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, field_validator

from contextpairs.data.code.trajectory import Instance
from contextpairs.data.store.settings import Settings
from contextpairs.filters.evidence.evaluation_ngrams import EvaluationNgrams, NgramRule, plain_words

Rule = Literal["repository", "repository-name", "instance-id", "issue-text"]

_BUILT_IN = Path(__file__).with_name("evaluation_sets.yaml")
_URL = re.compile(r"^(?:[a-z+]+://)?(?:[^/@]*@)?(?:[\w-]+\.)+(?:com|org|net|io)[/:]", re.I)
_SUFFIX = re.compile(r"(?:\.git|\.[0-9a-f]{7,40}(?:\..*)?)$")
_ID_TAIL = re.compile(r"(?:-\d+|\.[0-9a-f]{7,40}\..*|\.pr_\d+)(?:_\d+)?$")
_RUN_SUFFIX = re.compile(r"(?<=\d)_\d{1,3}$")


@cache
def _built_in() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_BUILT_IN.read_text(encoding="utf-8"))
    return loaded


class ContaminationOptions(Settings):
    """What counts as evaluation material. On by default: building on an evaluation set is an explicit choice."""

    enabled: bool = True
    """Whether the filter runs at all; off, every candidate passes and the card says so."""
    sets: list[str] = Field(default_factory=lambda: sorted(_built_in()["repositories"]))
    """Built-in lists in force, by name (see evaluation_sets.yaml)."""
    repositories: list[str] = Field(default_factory=list)
    """Further `owner/name` to keep out."""
    match_name: bool = True
    """Whether a repository of another owner with a listed name counts (a fork or mirror), as rule `repository-name`."""
    evaluation_sets: list[str] = Field(default_factory=list)
    """Instance tables (paths or Hub ids) whose ids and issues are to be kept out; the caller reads them."""
    ngram_words: int = Field(default=13, ge=3, le=50)
    """Length of the word n-grams compared between issues."""
    min_ngrams: int = Field(default=8, ge=1)
    """An issue that shares this many distinct n-grams with the evaluation sets is a hit."""
    min_share: float = Field(default=0.5, gt=0, le=1)
    """So is one of whose distinct n-grams this share is found there."""
    boilerplate_issues: int = Field(default=3, ge=2)
    """N-grams that stand in this many different evaluation issues are templates, and are left out."""

    @field_validator("sets")
    @classmethod
    def _known(cls, sets: list[str]) -> list[str]:
        if unknown := sorted(set(sets) - set(_built_in()["repositories"])):
            raise ValueError(f"unknown sets {unknown}; known: {sorted(_built_in()['repositories'])}")
        return sets


def canonical_repository(name: str) -> str:
    """`owner/name` in lower case of any usual spelling: URL, `.git`, `owner__name`, mirrors named by commit.

    `swesmith/pallets__flask.bc098406` and `git@github.com:pallets/flask.git` both give `pallets/flask`.
    """
    name = _SUFFIX.sub("", _URL.sub("", name.strip()).rstrip("/"))
    last = name.rsplit("/", 1)[-1]
    if "__" in last:
        name = last.replace("__", "/", 1)
    return "/".join(name.lower().split("/")[:2])


def repository_of_id(instance_id: str) -> str | None:
    """The repository that an instance id starts with, or None where it names none.

    Understands `owner__name-123`, `owner__name.commit.kind__hash`, a leading `mirror/` and a run suffix `_k`.
    """
    last = instance_id.rsplit("/", 1)[-1]
    stem = _ID_TAIL.sub("", last)
    return canonical_repository(stem) if "__" in stem else None


class EvaluationInstances:
    """What the evaluation sets hold, ready for many checks."""

    def __init__(self, options: ContaminationOptions, instances: Iterable[Instance] = ()) -> None:
        """Read the lists of `options`, and ids and issues of `instances` (of which repositories are not taken)."""
        self.options = options
        self._repositories = _listed_repositories(options)
        common = set(_built_in()["common_names"])
        self._names = {name for r in self._repositories if (name := r.split("/")[-1]) not in common}
        self._ids: set[str] = set()
        issues: set[str] = set()
        for instance in instances:
            self._ids.add(_canonical_id(instance.instance_id))
            issues.add(plain_words(instance.issue or ""))
        self._issues = issues - {""}
        rule = NgramRule(options.ngram_words, options.min_ngrams, options.min_share, options.boilerplate_issues)
        self._grams = EvaluationNgrams(([issue] for issue in self._issues), rule)
        self._seen: dict[bytes, bool] = {}

    def check(self, repository: str | None, instance_id: str, issue: str | None) -> list[Rule]:
        """The rules that the candidate hits, in fixed order; empty: it may be kept. Always empty when disabled."""
        if not self.options.enabled:
            return []
        rules: list[Rule] = []
        canonical = canonical_repository(repository) if repository else repository_of_id(instance_id)
        if canonical and (rule := self._repository_rule(canonical)):
            rules.append(rule)
        if self._is_listed_id(instance_id):
            rules.append("instance-id")
        if issue and self._issues and self._is_listed_issue(issue):
            rules.append("issue-text")
        return rules

    def _repository_rule(self, repository: str) -> Rule | None:
        if repository in self._repositories:
            return "repository"
        is_namesake = self.options.match_name and repository.split("/")[-1] in self._names
        return "repository-name" if is_namesake else None

    def _is_listed_id(self, instance_id: str) -> bool:
        return _canonical_id(instance_id) in self._ids or repository_of_id(instance_id) in self._repositories

    def _is_listed_issue(self, issue: str) -> bool:
        # Every corpus holds several runs of an issue, so the answer is kept, by digest to bound the memory.
        key = blake2b(issue.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key not in self._seen:
            words = plain_words(issue)
            self._seen[key] = words in self._issues or self._grams.holds(words)
        return self._seen[key]


def _listed_repositories(options: ContaminationOptions) -> frozenset[str]:
    listed = [name for chosen in options.sets for name in _built_in()["repositories"][chosen]]
    return frozenset(canonical_repository(name) for name in [*listed, *options.repositories])


def _canonical_id(instance_id: str) -> str:
    return _RUN_SUFFIX.sub("", instance_id.rsplit("/", 1)[-1].lower())
