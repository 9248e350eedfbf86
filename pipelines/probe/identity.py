"""What a run is: the model's content, the data's, the prompt's, and the questions drawn."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contextpairs.data.pairs.prompting import prompt_digest
from contextpairs.data.store.manifest import Manifest, portable_uri
from contextpairs.pipelines.probe.config import ProbeConfig

MODEL_FILES = (".safetensors", ".json", ".jinja", ".txt", ".model")
ASKING_FIELDS = ("temperature", "seed", "max_answer_tokens", "extra_body")
"""Options of requests that shape a reply."""
LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "pillow", "torchvision")
"""What computes the logits of a local model, and what prepares its inputs."""


def run_facts(config: ProbeConfig, pairs_version: str, manifest: Manifest) -> dict[str, Any]:
    """All that decides a run's answers, and what it is called. Equal facts, equal run.

    Args:
        config: of the probe.
        pairs_version: name of the version of the pairs.
        manifest: of that version.

    Raises:
        LookupError: the model is not there.
    """
    return {
        "model": portable_uri(config.model),
        **(_endpoint_facts(config) if config.endpoint else _local_facts(config)),
        "pairs": portable_uri(config.pairs),
        "version": pairs_version,
        "digest": manifest.digest,
        "data_domain": manifest.domain,
        "split": config.split,
        "limit": config.limit,
        "seed": config.seed,
        **({"half": config.half} if config.half else {}),
        "prompt": config.prompt.model_dump(),
        "prompt_digest": prompt_digest(config.prompt),
    }


def _endpoint_facts(config: ProbeConfig) -> dict[str, Any]:
    options = config.endpoint_options(config.out)
    return {
        "endpoint": portable_uri(options.endpoint),
        "asking": options.model_dump(mode="json", include=set(ASKING_FIELDS)),
    }


def _local_facts(config: ProbeConfig) -> dict[str, Any]:
    from contextpairs.pipelines.probe.local_asker import device_of, dtype_of
    from contextpairs.pipelines.train.context_selection.loading import attention_of

    return {
        "revision": revision(config.model),
        "dtype": dtype_of(config),
        "device": device_of(config).partition(":")[0],
        "attention": attention_of(config.model),
        "libraries": library_versions(),
        "max_length": config.max_length,
        "too_long": config.too_long,
    }


def library_versions() -> dict[str, str]:
    """Versions of those of LIBRARIES that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def revision(model: str) -> str:
    """What identifies a model's content: a commit of the hub, or a sha256 over the files of a folder, 64 hex digits.

    For an adapter, its base's follows after a plus sign.

    Raises:
        LookupError: there is no such model.
    """
    folder = Path(model)
    if not folder.is_dir():
        return _commit(model)
    adapter = folder / "adapter_config.json"
    base = json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"] if adapter.is_file() else None
    return _digest(folder) + (f"+{_of_base(model, base)}" if base else "")


def _of_base(adapter: str, base: str) -> str:
    from contextpairs.pipelines.train.context_selection.loading import lost_base

    try:
        return revision(base)
    except LookupError as error:
        raise LookupError(lost_base(adapter, base)) from error


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in MODEL_FILES):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _commit(model: str) -> str:
    from transformers import AutoConfig

    try:
        commit: str | None = AutoConfig.from_pretrained(model, trust_remote_code=False)._commit_hash
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0][:300]
        raise LookupError(f"{model}: neither a folder nor a model that the hub or its cache gives: {first}") from error
    return commit or "unknown"
