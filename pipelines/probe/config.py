"""What a person decides about a probe."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from contextpairs.data.endpoint.options import EndpointOptions, RequestOptions
from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.settings import Settings
from contextpairs.pipelines.probe.sampling import Half

LOCAL_ONLY = ("dtype", "device", "max_length", "too_long", "batch_tokens")
ENDPOINT_ONLY = ("requests", "logprobs")


class ProbeConfig(Settings):
    """Which model is asked about which pairs. Without `endpoint`, transformers loads the model here."""

    model: str = ""
    """Folder of a transformers model or of a peft adapter, a Hugging Face id, or with `endpoint` the model's name
    there; always to be given."""
    endpoint: str | None = None
    """Base URL of an OpenAI-compatible API, such as `http://127.0.0.1:8000/v1`, whose model is asked instead."""
    pairs: str = "out/coding"
    """Store of the pairs: folder or fsspec URL."""
    version: str = "latest"
    """Version of the pairs."""
    split: Split = "probe"
    """Split that is asked."""
    half: Half | None = None
    """Half of the split's groups that is asked: `final`, where the figures of a run's card come from, or `choosing`, by
    which it chose its best checkpoint; None asks both."""
    limit: int | None = Field(default=None, ge=2)
    """Pairs to ask at most, drawn by whole couples; None asks all. Every pair costs two questions."""
    seed: int = 0
    """Which pairs a limit draws: another seed, another draw."""
    out: Path = Path("out/probe")
    """Local folder of the results: MODEL-RUN.parquet and MODEL-RUN.json."""
    again: bool = False
    """Ask again though this very run is finished: an endpoint may serve another model under the same name by now."""
    prompt: PromptOptions = PromptOptions()
    """How pairs are shown. What is not given is as a checkpoint of `train` was trained, if the model is one."""
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    """Number format of the weights; auto is bfloat16 on a GPU and float32 elsewhere."""
    device: str = "auto"
    """Where the model runs, such as cuda:1 or cpu; auto takes a GPU where there is one."""
    max_length: int = Field(default=32_768, ge=16)
    """Longest prompt in tokens; a model that takes less sets the limit itself."""
    too_long: Literal["refuse", "drop"] = "refuse"
    """What happens to a pair whose prompt is longer: the probe stops, or leaves the pair out and counts it."""
    batch_tokens: int = Field(default=32_768, ge=1)
    """Tokens of one forward pass, padding included; a longer prompt goes alone."""
    requests: RequestOptions = RequestOptions()
    """How the endpoint is asked, and what that may cost."""
    logprobs: bool = False
    """Ask the endpoint for the log probabilities of the letters too; not every server gives them."""
    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of the store, such as {endpoint_url: ...} for s3."""

    @model_validator(mode="after")
    def _asks_in_one_way(self) -> ProbeConfig:
        idle = LOCAL_ONLY if self.endpoint else ENDPOINT_ONLY
        if given := sorted(self.model_fields_set.intersection(idle)):
            where = "a local model; the endpoint decides" if self.endpoint else "an endpoint; set endpoint=URL"
            raise ValueError(f"{', '.join(given)} belongs to {where}")
        if self.endpoint and self.prompt.prefill:
            raise ValueError("prompt.prefill needs a local model: endpoints differ in whether they continue a reply")
        if self.endpoint:
            self.endpoint_options(self.out)
        return self

    def endpoint_options(self, replies: Path) -> EndpointOptions:
        """The endpoint as the client takes it.

        Args:
            replies: folder in which replies are kept until the run is finished.

        Raises:
            pydantic.ValidationError: the URL is none.
        """
        asked = {"logprobs": True, "top_logprobs": 20} if self.logprobs else {}
        fields = self.requests.model_dump()
        fields |= {"endpoint": self.endpoint, "model": self.model, "cache_dir": replies}
        return EndpointOptions.model_validate({**fields, "extra_body": asked | fields["extra_body"]})
