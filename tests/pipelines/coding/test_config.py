"""A configuration is merged preset first, overrides last, and a bad value fails naming field, value and expectation."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contextpairs.pipelines.cli.describe import documented
from contextpairs.pipelines.coding.config import PRESETS, CodingConfig, ConfigError, load_config


def test_every_preset_is_a_whole_configuration() -> None:
    names = sorted(path.stem for path in PRESETS.glob("*.yaml"))
    assert names == ["attempts", "nearby", "outcome", "smith"]
    for name in names:
        assert load_config([], [f"preset={name}"]).cascade[0].name == "same repository"


def test_smith_is_the_papers_cascade() -> None:
    assert [c.name for c in CodingConfig().cascade] == [
        "same repository", "same commit", "same file", "same function", "different instance", "issue similarity",
        "different patch",
    ]  # fmt: skip


def test_later_wins_and_nested_fields_merge(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("limit: 50\ncaps: {trajectory: 9, instance: 3}\n")
    (tmp_path / "b.yaml").write_text("preset: attempts\ncaps: {instance: 5}\n")
    config = load_config(
        [tmp_path / "a.yaml", tmp_path / "b.yaml"], ["caps.function=7", "limit=null", "sources=x.jsonl"]
    )
    assert (config.caps.trajectory, config.caps.instance, config.caps.function) == (9, 5, 7)
    assert config.limit is None
    assert config.sources == ["x.jsonl"]
    assert config.cascade[2].name == "same instance"


def test_a_cascade_of_ones_own_replaces_the_presets() -> None:
    config = load_config([], ["cascade=[{same: file}, {issue_similarity: {min: 0.2, max: 0.9}}]"])
    assert [c.name for c in config.cascade] == ["same file", "issue similarity"]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("preset=smth", r"preset: .*'smith', 'attempts', 'outcome' or 'nearby'.*smth"),
        ("limit=0", r"limit: .*greater than or equal to 2.*0"),
        ("limit=many", r"limit: .*integer.*many"),
        ("limits=3", r"limits: there is no such field"),
        ("caps.trajectry=3", r"caps\.trajectry: there is no such field"),
        ("cascade=[]", r"cascade: .*at least 1"),
        ("cascade=[{same: colour}]", r"cascade\.0\.same: .*'function'"),
        ("cascade=[{same: file, different: patch}]", r"cascade\.0: .*exactly one"),
        ("nonsense", r"expected key=value"),
        ("limit=[", r"limit: the value is not valid YAML"),
        ("source.columns={nothing: a}", r"source\.columns: .*nothing"),
        ("similarity.method=embedding", r"similarity: .*similarity\.model"),
    ],
)
def test_a_bad_value_is_named(override: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config([], [override])


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read"):
        load_config([tmp_path / "absent.yaml"])
    (tmp_path / "list.yaml").write_text("- a\n")
    with pytest.raises(ConfigError, match=r"list\.yaml: expected fields"):
        load_config([tmp_path / "list.yaml"])


def test_what_is_printed_says_what_each_field_means_and_can_be_read_back() -> None:
    text = documented(CodingConfig())
    assert "# Pairs to publish at most" in text
    assert CodingConfig.model_validate(yaml.safe_load(text)) == CodingConfig()


def test_places_and_engine_do_not_enter_the_manifest() -> None:
    config = load_config(
        [], ["out=/somewhere", "source.instances=[/home/me/lite.jsonl]", "source.storage={s3: {key: x}}"]
    )
    content = config.content()
    assert not {"out", "engine", "storage", "sources"} & set(content)
    assert content["source"]["instances"] == ["lite.jsonl"]
    assert "storage" not in content["source"]
