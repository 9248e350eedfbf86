"""What a person decides about a training run."""

from __future__ import annotations

from math import isfinite, isnan
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    Discriminator,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.settings import Settings
from contextpairs.pipelines.run.config_files import merged, yaml_file
from contextpairs.pipelines.train.other_names import ELSEWHERE
from contextpairs.pipelines.train.store_share import StoreShare, whole

PRESETS = Path(__file__).parent / "presets"
Preset: TypeAlias = Literal[
    "qwen3-8b", "qwen3-8b-lora80", "qwen3-8b-fsdp4", "klear-agentforge-8b", "qwen2.5-vl-7b", "qwen3-vl-8b"
]
Objective: TypeAlias = Literal["grpo", "contextrl", "da_sft", "da_rl"]
Weight: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Stores: TypeAlias = Annotated[
    Annotated[str, Tag("store")] | Annotated[list[StoreShare], Tag("stores")],
    Discriminator(lambda given: "stores" if isinstance(given, list) else "store"),
]
BOUNDS = ("max_grad_norm",)
"""Fields of TRL that may be infinite: bounds that then bound nothing."""


def preset_fields() -> frozenset[str]:
    """Names of the fields that some preset sets."""
    return frozenset(name for file in PRESETS.glob("*.yaml") for name in yaml_file(file))


class LoraOptions(Settings):
    """A low-rank adapter in place of all weights."""

    r: PositiveInt = 16
    """Rank."""
    alpha: PositiveInt = 32
    """Scale; the adapter's output is multiplied by alpha / r."""
    targets: str | list[str] = "all-linear"
    """Names of the layers that get one, or all-linear."""


class TrainConfig(Settings):
    """Which model is trained on which pairs and tasks, and how."""

    elsewhere: ClassVar[dict[str, str]] = ELSEWHERE
    """What to write for names of other trainers, which are no fields."""

    preset: Preset | None = None
    """The paper's hyper-parameters and model to start from, or what of them fits one card of 80 GB or four; any field
    given besides overrides them."""
    model: str = ""
    """Folder of a transformers model, or a Hugging Face id; always to be given, by itself or by a preset."""
    objective: Objective = "contextrl"
    """grpo: tasks alone. contextrl: tasks, and the context-selection loss on a batch of pairs in every step. da_sft:
    supervised on the letters of the pairs first, then tasks. da_rl: pairs among the tasks, rewarded 1 or 0."""
    pairs: Stores = "out/coding"
    """Store of the pairs: folder or fsspec URL; or several, as [{store: out/coding, share: 0.75}, {store: out/more,
    version: v000002, share: 0.25}], each with its share of every batch. Not read by grpo."""
    version: str = "latest"
    """Version of the pairs, where they are one store."""
    split: Split = "train"
    """Split that is trained on."""
    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of the store, such as {endpoint_url: ...} for s3."""
    tasks: str = ""
    """What the RL term trains on: a folder of `contextpairs tasks`, a dataset saved by `datasets`, a Parquet or JSONL
    file, or a Hugging Face id; column `prompt`, for images `images`, and what the reward reads."""
    reward: list[str] = Field(default_factory=list)
    """Reward functions in TRL's form, as module:function or file.py:function. A folder of `contextpairs tasks` brings
    its own."""
    coefficient: Weight = 0.001
    """Lambda: weight of the context-selection loss beside GRPO's."""
    clip: PositiveFloat = 5.0
    """c: margins beyond it give no gradient; .inf clips none."""
    clip_form: Literal["symmetric", "one_sided"] = "symmetric"
    """symmetric, the paper's: pairs that are wrong by more than c never learn. one_sided: they do."""
    pair_batch: PositiveInt = 8
    """Pairs of an optimizer step, over all devices."""
    order: Literal["label", "random", "both"] = "label"
    """Where the positive stands: as labelled (balanced over a split), by a seeded coin, or both ways one after the
    other, which counts as two of the batch."""
    prompt: PromptOptions = PromptOptions()
    """How pairs are shown. The prefill is not used by da_rl, whose replies are generated."""
    max_length: PositiveInt = 32_768
    """Longest prompt in tokens; a model that takes less sets the limit itself."""
    too_long: Literal["refuse", "drop"] = "refuse"
    """What happens to a longer pair or task, images included, and to a task that cannot be read: the run does not
    start, or leaves it out and says how many."""
    sft_steps: PositiveInt = 100
    """da_sft: optimizer steps of the supervised phase."""
    pair_share: float = Field(default=0.125, gt=0, lt=1)
    """da_rl: share of pairs among the prompts."""
    steps: PositiveInt = 100
    """Optimizer steps of GRPO."""
    learning_rate: Rate = 1e-6
    """Constant, unless `trl` says otherwise."""
    prompts_per_step: PositiveInt = 16
    """Prompts of an optimizer step, over all devices."""
    rollouts: int = Field(default=8, ge=2)
    """Completions a prompt."""
    accumulation: PositiveInt = 1
    """Micro-steps of an optimizer step; it changes memory, not the gradient."""
    max_completion: PositiveInt = 1024
    """Longest completion in tokens."""
    beta: Weight = 0.0
    """Coefficient of the KL term (k3) to the model as it was before GRPO."""
    epsilon_low: Rate = 0.2
    """How far the ratio of probabilities may fall."""
    epsilon_high: Rate = 0.28
    """How far it may rise."""
    dead_steps: NonNegativeInt = 20
    """A run that only rewards can move stops after so many steps in a row in which no group of completions differs in
    its rewards, for they move nothing; 0: never."""
    lora: LoraOptions | None = None
    """Train an adapter; None trains all weights."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Number format of the weights. On a GPU the passes run in bfloat16 either way."""
    attention: Literal["eager", "sdpa", "flash"] | None = None
    """How attention is computed; None: as the model chooses. flash needs a GPU, dtype bfloat16 and the package
    flash_attn or kernels."""
    quantization: Literal["4bit"] | None = None
    """Hold the weights beneath an adapter in 4 bits (nf4); needs lora and the extra quantize."""
    device_map: Literal["auto", "balanced", "sequential"] | None = None
    """Lay the layers of one model out over the devices of one process, as transformers does it."""
    seed: int = 0
    """Of everything that is drawn."""
    out: Path = Path("out/train")
    """Local folder of the checkpoints."""
    save_every: PositiveInt = 50
    """Optimizer steps between checkpoints; the end is one always."""
    probe_every: NonNegativeInt = 0
    """Optimizer steps between probes of the model: accuracy over both orders on half of the groups of the split `probe`
    of the pairs. `final/` is then made of the best checkpoint, whose figures come from the other half; 0: never."""
    resume: bool | Literal["weights"] = False
    """Continue from the last whole checkpoint in `out`; at or past `steps` there is nothing left to do. weights: begin
    a new run at step 0 from its weights, in the folder from-checkpoint-N beside it."""
    trl: dict[str, Any] = Field(default_factory=dict)
    """More fields of TRL's GRPOConfig, such as {use_vllm: true, report_to: wandb, temperature: 0.8}."""

    @field_validator("pairs")
    @classmethod
    def _shared_out(cls, given: str | list[StoreShare]) -> str | list[StoreShare]:
        if not isinstance(given, str) and (sum_of := whole(given)) != 1:
            raise ValueError(f"the shares of the stores add up to {float(sum_of):g}, expected 1")
        return given

    @field_validator("version")
    @classmethod
    def _of_one_store(cls, given: str, info: ValidationInfo) -> str:
        if given != "latest" and isinstance(info.data.get("pairs"), list):
            raise ValueError("of several stores each has its own, as version beside its share")
        return given

    @field_validator("trl")
    @classmethod
    def _finite(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if isinstance(value, float) and (isnan(value) or (not isfinite(value) and name not in BOUNDS)):
                raise ValueError(f"{name} = {value}: expected a finite number")
        return given

    @property
    def stores(self) -> list[StoreShare]:
        """The stores of the pairs; one gives every batch whole."""
        if isinstance(self.pairs, str):
            return [StoreShare(store=self.pairs, version=self.version, share=1)]
        return self.pairs

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, given: Any) -> Any:
        """Start from the preset's fields; an unknown preset is left for the field's own check."""
        if not isinstance(given, dict):
            return given
        file = PRESETS / f"{given.get('preset')}.yaml"
        return merged(yaml_file(file), given) if file.is_file() else given
