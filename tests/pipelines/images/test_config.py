"""What is said of editing holds; what is left open is as the models at hand need it."""

from __future__ import annotations

from contextpairs.builders.images.proposals.propose import ProposalOptions
from contextpairs.data.demo.scenes.objects import COLORS, PLACES, SHAPES, SIZES
from contextpairs.filters.images.verify_edit import VerifyOptions
from contextpairs.pipelines.cli.describe import documented
from contextpairs.pipelines.images.config import EditingDefaults, ImagesConfig
from contextpairs.pipelines.run.config_files import load

SOURCES = "sources=[photos.parquet]"


def test_rendered_scenes_are_edited_in_the_words_of_the_renderer() -> None:
    config = ImagesConfig()
    words = config.proposals()
    assert (words.colors, words.shapes) == (tuple(COLORS), SHAPES)
    assert (words.sizes, words.places, words.texts) == (tuple(SIZES), PLACES, ())
    assert words.concrete
    assert words.per_image == config.editing.tries
    assert load(ImagesConfig, [], ["editing.tries=5"]).proposals().per_image == 5
    assert config.edited_domains() == ["objects"]
    assert config.verify() == VerifyOptions(flip_margin=0.1, keep_margin=0.08, global_margin=0.02)


def test_sources_are_edited_like_photographs() -> None:
    config = load(ImagesConfig, [], [SOURCES])
    assert config.editing_defaults() == EditingDefaults()
    assert config.edited_domains() == []
    assert config.proposals() == ProposalOptions()
    assert config.verify() == VerifyOptions()


def test_what_is_said_replaces_the_preset_whole() -> None:
    said = ["editing.verify={flip_margin: 0.2}", "editing.proposals={max_count: 3}", "editing.domains=[charts]"]
    for config in (load(ImagesConfig, [], said), load(ImagesConfig, [], [SOURCES, *said])):
        assert config.verify() == VerifyOptions(flip_margin=0.2)
        assert config.proposals() == ProposalOptions(max_count=3)
        assert config.edited_domains() == ["charts"]


def test_the_manual_says_where_the_preset_stands() -> None:
    shown = documented(ImagesConfig())
    assert shown.count("presets/scenes.yaml") == 3
    assert "flip_margin 0.1, keep_margin 0.08, global_margin 0.02" in shown
