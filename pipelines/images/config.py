"""Configuration of the image pipeline."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.encoder.encoder import EmbeddingOptions
from contextpairs.builders.images.proposals.propose import ProposalOptions
from contextpairs.builders.images.retrieval.matching import MatchingOptions
from contextpairs.builders.images.retrieval.same_questions import SimilarQuestions
from contextpairs.builders.images.retrieval.search import RetrievalOptions
from contextpairs.builders.images.retrieval.window import WindowOptions
from contextpairs.data.demo.scenes.objects import COLORS, PLACES, SHAPES, SIZES
from contextpairs.data.endpoint.options import TRANSPORT
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaSource
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.settings import Settings
from contextpairs.filters.images.contamination import ImageContaminationOptions
from contextpairs.filters.images.verify_edit import VerifyOptions
from contextpairs.filters.judge.images import ImageJudgeOptions
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.pipelines.images.vision_proposals import VisionProposalOptions
from contextpairs.pipelines.run.build_options import EngineOptions, PairsConfig
from contextpairs.pipelines.run.config_files import yaml_file

SCENES = Path(__file__).parent / "presets" / "scenes.yaml"
"""What the demonstration models need of editing, in the fields of `EditingDefaults`."""
PATHS = (
    "retrieval.model", "retrieval.pretrained", "retrieval.similar_questions.encoder.model",
    "retrieval.similar_questions.encoder.pretrained", "editing.model", "editing.instructions",
)  # fmt: skip


class ScenesOptions(Settings):
    """The embedded default: scenes rendered from a seed, which stand in where no sources are given."""

    images: int = Field(default=6000, ge=10)
    """Images, spread evenly over the domains objects, geometry, charts, tables and diagrams."""
    questions: int = Field(default=5, ge=1)
    """Questions of each image at most. The more there are, the more an edit has to leave as it was."""
    seed: int = 0
    """Another seed shows other scenes."""


class RetrievalConfig(EmbeddingOptions):
    """The retrieval route: another image of the same question that looks alike and has another answer."""

    enabled: bool = True
    """Whether this route runs. The encoder is needed by the editing route too, which verifies with it."""
    model: str = ""
    """open_clip model: a folder with open_clip_config.json and its weights, `hf-hub:owner/name`, or a name such as
    ViT-L-14, which wants `pretrained`. Sources need one to be named; rendered scenes have a demonstration model."""
    similar_questions: SimilarQuestions | None = None
    """Questions in other words that count as one, such as {threshold: 0.95}: the least cosine of their texts, by the
    text tower of `model` or of another open_clip model (`encoder: {model: ...}`). Only words without content may
    differ, and those that `synonyms` names, such as [[car, automobile]]. Without it questions are one that are equal
    but for case, punctuation and instructions."""
    search: RetrievalOptions = RetrievalOptions()
    """How neighbours are searched."""
    window: WindowOptions = WindowOptions()
    """How alike two images have to be, and must not be."""
    matching: MatchingOptions = MatchingOptions()
    """Which of the couples are taken."""


class EditingConfig(EditorOptions):
    """The editing route: the image edited such that the answer changes, and nothing else does."""

    enabled: bool | None = None
    """Whether this route runs; null: where an editor is named. `true` without one stops the build."""
    model: str = ""
    """Folder or Hugging Face id of a diffusers pipeline that edits by instruction. Sources are edited by one that is
    named, and else not at all; rendered scenes have a demonstration model."""
    candidates: int = Field(default=2000, ge=1)
    """Edits that are tried at most."""
    domains: list[str] = Field(default_factory=list)
    """Domains whose images are edited; without any, all (for the embedded scenes: objects, presets/scenes.yaml)."""
    proposals: ProposalOptions | None = None
    """How new answers and instructions are made from questions and answers. Default: in words for photographs and
    drawings; for the embedded scenes, in the words that the embedded editor knows (presets/scenes.yaml)."""
    redraw_originals: bool = True
    """Whether originals of edited scenes go through the embedded editor's codec too, in the area of the edit, and
    edits are taken from that area alone, so that the codec's marks do not tell "edited", and as many edits of a
    kind are kept one way as the other. Pictures of sources never go through it."""
    proposer: VisionProposalOptions | None = None
    """An OpenAI-compatible endpoint of a model that sees the image and proposes; without it templates do. One question
    of each image is shown to it, and no more images than it takes for `candidates` proposals."""
    verify: VerifyOptions | None = None
    """What an edit has to show to be kept. Default: bounds for photographs and CLIP's cosines; for the embedded scenes,
    bounds for the embedded encoder, whose cosines spread wider (flip_margin 0.1, keep_margin 0.08, global_margin 0.02;
    presets/scenes.yaml)."""
    judge: JudgeOptions | None = None
    """An OpenAI-compatible endpoint of a model that answers the question on both images, in place of the encoder, and
    then the image's other questions. It is asked of the first try that its pixels leave standing."""

    def editor(self) -> EditorOptions:
        """The editor alone."""
        return EditorOptions.model_validate({name: getattr(self, name) for name in EditorOptions.model_fields})


class EditingDefaults(Settings):
    """What stands in for what a configuration says nothing of; for photographs and drawings, if no preset is read."""

    domains: list[str] = Field(default_factory=list)
    """As in `EditingConfig`."""
    proposals: ProposalOptions = ProposalOptions()
    """As in `EditingConfig`."""
    verify: VerifyOptions = VerifyOptions()
    """As in `EditingConfig`."""


class ImagesConfig(PairsConfig):
    """What builds a version of image pairs. Every field has a default; together they build the embedded scenes."""

    sources: list[str | VqaSource] = Field(default_factory=list)
    """Parquet, JSONL and CSV with image folders, files of VQAv2's splits, folders, fsspec URLs, or `hf:owner/name` of
    visual question answering rows, each alone or as `{path: ..., columns: {...}}` with fields of `source` that hold for
    it; without any, rendered scenes."""
    out: str = "out/images"
    """Folder or fsspec URL of the store that the version is published in."""
    limit: int | None = Field(default=7000, ge=2)
    """Pairs to publish at most (a couple gives two, mirrored); None publishes all that pass."""
    scenes: ScenesOptions = ScenesOptions()
    """The rendered scenes that stand in where no sources are given."""
    source: VqaOptions = VqaOptions()
    """How sources are read: column mapping, domains, storage options."""
    limits: ImageLimits = ImageLimits()
    """What an image may cost; checked before it is decoded."""
    retrieval: RetrievalConfig = RetrievalConfig()
    """The retrieval route, and the encoder of both routes."""
    editing: EditingConfig = EditingConfig()
    """The editing route."""
    demo_models: bool = False
    """Whether sources may be embedded and edited by the small demonstration models, which know rendered scenes alone,
    where no others are named; thresholds and words stay those for photographs."""
    contamination: ImageContaminationOptions = ImageContaminationOptions()
    """Evaluation images and questions that must not enter."""
    judge: ImageJudgeOptions | None = None
    """An OpenAI-compatible endpoint of a model that sees images; without it the deterministic filters stand alone."""
    engine: EngineOptions = EngineOptions()
    """Where the work runs."""
    preload: ClassVar[tuple[str, ...]] = ("open_clip",)

    def retrieval_encoder(self) -> EmbeddingOptions:
        """The encoder of both routes."""
        return EmbeddingOptions.model_validate(
            {name: getattr(self.retrieval, name) for name in EmbeddingOptions.model_fields}
        )

    def editing_defaults(self) -> EditingDefaults:
        """What is done where `editing` says nothing: rendered scenes bring a preset of their own."""
        return EditingDefaults() if self.sources else EditingDefaults.model_validate(yaml_file(SCENES))

    def edited_domains(self) -> list[str]:
        """Domains whose images are edited; none means all."""
        return self.editing.domains or self.editing_defaults().domains

    def proposals(self) -> ProposalOptions:
        """How answers and instructions are proposed."""
        said = self.editing.proposals or self.editing_defaults().proposals
        return said.model_copy(update={"per_image": said.per_image or self.editing.tries})

    def verify(self) -> VerifyOptions:
        """What edits have to show."""
        return self.editing.verify or self.editing_defaults().verify

    def content(self) -> dict[str, Any]:
        """The part that shapes the rows, for the manifest: neither places nor the engine; paths by their names."""
        content = self.model_dump(mode="json", exclude={
            "out": True, "engine": True, "storage": True, "sources": True, "wait": True,
            "accept_shrink": True, "view": True, "source": {"storage"},
            "judge": TRANSPORT, "editing": {"proposer": TRANSPORT, "judge": TRANSPORT},
        })  # fmt: skip
        content |= {"sources": own} if (own := self.own_readings()) else {}
        for *sections, name in (path.split(".") for path in PATHS):
            held = reduce(lambda found, section: found.get(section) or {}, sections, content)
            if held.get(name):
                held[name] = portable_uri(held[name])
        sets = content["contamination"]["evaluation_sets"]
        content["contamination"]["evaluation_sets"] = [portable_uri(uri) for uri in sets]
        return content


def scene_vocabulary() -> ProposalOptions:
    """Options for rendered scenes of objects: their words, and instructions with one right outcome."""
    return ProposalOptions(
        kinds=("colour", "count", "presence", "shape", "size", "position"),
        colors=tuple(COLORS),
        shapes=SHAPES,
        sizes=tuple(SIZES),
        places=PLACES,
        texts=(),
        concrete=True,
    )
