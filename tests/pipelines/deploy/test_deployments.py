"""Deployments are those of the file, with what is given over it; what cannot run is refused before any is made."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.deploy.deployments import PACKAGED, deployments
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import ConfigError, validated

CODING, IMAGES = "refresh-coding-pairs", "refresh-image-pairs"
ENCODER = f"{IMAGES}.retrieval.model=/models/clip"


ROOT = Path(__file__).parents[3]


def test_compose_starts_what_there_is_and_sets_the_server_as_the_checkout_does() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server = tomllib.loads((ROOT / "prefect.toml").read_text())["server"]
    given = services["server"]["environment"]
    assert given["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] == server["concurrency"]["lease_storage"]
    assert given["PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER"] == server["events"]["expired_bucket_buffer"]
    without = services["deploy"]["command"].partition("--without ")[2].split()
    assert deployments(PACKAGED, [], without)["deployments"][0]["work_pool"]["name"] in services["worker"]["command"]
    assert all(each in services for service in services.values() for each in service.get("depends_on", {}))


def parameters(*given: str, without: tuple[str, ...] = ()) -> dict[str, Any]:
    made = deployments(PACKAGED, given, without)["deployments"]
    return {each["name"]: each["parameters"] for each in made}


def test_the_shipped_file_is_that_of_the_checkout_and_its_parameters_are_configurations() -> None:
    assert PACKAGED.read_text() == (ROOT / "prefect.yaml").read_text()
    made = parameters(ENCODER)
    assert validated(CodingConfig, made[CODING]).out == "out/nightly/coding"
    assert validated(ImagesConfig, made[IMAGES]).out == "out/nightly/images"
    assert not [each for name, each in made.items() if name not in (CODING, IMAGES) and each]


def test_parameters_go_over_the_file_s() -> None:
    made = parameters(ENCODER, f"{CODING}.sources=[runs/]", f"{CODING}.caps.instance=4")
    assert made[CODING] == {"out": "out/nightly/coding", "sources": ["runs/"], "caps": {"instance": 4}}


@pytest.mark.parametrize("source", ["/data/runs/", "{path: runs.jsonl, columns: {issue: text}}"])
def test_one_source_is_a_list_of_one(source: str) -> None:
    content = deployments(PACKAGED, [f"refresh-coding-pairs.sources={source}"], ["refresh-image-pairs"])
    (sources,) = [each["parameters"]["sources"] for each in content["deployments"] if "sources" in each["parameters"]]
    assert sources == [yaml.safe_load(source)]


def test_nightly_images_without_an_encoder_are_refused() -> None:
    with pytest.raises(ConfigError, match=rf"{IMAGES}: no retrieval\.model.*--without {IMAGES}"):
        parameters()
    assert IMAGES not in parameters(without=(IMAGES,))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("refresh-pairs.limit=20", "refresh-pairs: there is no such deployment; there are build-coding-pairs, "),
        (f"{CODING}=20", rf"{CODING}: expected deployment\.key=value"),
        (f"{CODING}.storage.secret=hush", r"storage\.secret: this is a credential"),
        (f"{CODING}.sources=['s3://me:hush@host/runs']", r"sources\.0: this is a credential"),
    ],
)
def test_what_cannot_be_is_refused_and_no_secret_repeated(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        parameters(ENCODER, given)
    assert "hush" not in str(refused.value)
