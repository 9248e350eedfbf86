"""`contextpairs merge`: an adapter and its base as one model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import contextpairs
from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.train.context_selection.loading import load_model
from tests.pipelines.train.context_selection.tiny_models import torch, transformers
from tests.pipelines.train.watched import Watched


def typed(*given: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["merge", *map(str, given)])
    return result.exit_code, result.output.splitlines()[-1]


def logits(model: object, ids: object) -> object:
    with torch.no_grad():
        return model(input_ids=ids).logits  # type: ignore[operator]


def test_a_merged_model_says_what_base_and_adapter_say(adapted: Watched, llama_folder: Path, tmp_path: Path) -> None:
    code, said = typed(adapted.trained.final, f"to={tmp_path / 'merged'}")
    assert (code, said) == (0, f"  contextpairs probe model={tmp_path / 'merged'}")
    ids = torch.randint(0, 300, (4, 50), generator=torch.Generator().manual_seed(0))
    merged, attached, base = (
        logits(load_model(str(folder)).model, ids)
        for folder in (tmp_path / "merged", adapted.trained.final, llama_folder)
    )
    assert torch.allclose(merged, attached, atol=1e-5)
    assert not torch.allclose(merged, base, atol=1e-3)


def test_it_stands_alone_with_its_record_and_card(adapted: Watched, tmp_path: Path) -> None:
    to = tmp_path / "merged"
    assert contextpairs.merge(adapted.trained.checkpoint, to=to) == str(to)
    assert [path.name for path in tmp_path.iterdir()] == ["merged"]
    names = {path.name for path in to.iterdir()}
    assert names >= {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "contextpairs.json"}
    assert not any(name.startswith("adapter") for name in names)
    assert json.loads((to / "contextpairs.json").read_text())["step"] == 2
    assert "library_name: transformers" in (to / "README.md").read_text()
    assert transformers.AutoTokenizer.from_pretrained(to).chat_template


def test_it_is_stored_as_its_base_or_as_asked(adapted: Watched, tmp_path: Path) -> None:
    formats = {}
    for name in ("auto", "bfloat16"):
        typed(adapted.trained.checkpoint, f"to={tmp_path / name}", f"dtype={name}")
        formats[name] = json.loads((tmp_path / name / "config.json").read_text())["dtype"]
    assert formats == {"auto": "float32", "bfloat16": "bfloat16"}
    assert load_model(str(tmp_path / "bfloat16"), "bfloat16").model.dtype == torch.bfloat16


def test_what_cannot_be_merged_is_named(adapted: Watched, probed: Watched, tmp_path: Path) -> None:
    checkpoint, to = adapted.trained.checkpoint, tmp_path / "merged"
    whole = probed.trained.checkpoint
    lost = Path(shutil.copytree(checkpoint, tmp_path / "lost"))
    settings = json.loads((lost / "adapter_config.json").read_text())
    (lost / "adapter_config.json").write_text(json.dumps({**settings, "base_model_name_or_path": "/models/moved"}))
    (tmp_path / "there").mkdir()
    assert typed(tmp_path / "absent", f"to={to}") == (
        2,
        f"error: {tmp_path / 'absent'}: there is no such folder; expected a checkpoint of a run with lora",
    )
    code, said = typed(whole, f"to={to}")
    assert (code, said.partition(";")[0]) == (
        2,
        f"error: {whole} holds no adapter (adapter_config.json and adapter_model.safetensors missing)",
    )
    code, said = typed(lost, f"to={to}")
    assert (code, said.partition(",")[0]) == (
        2,
        f"error: {lost}: its adapter_config.json names '/models/moved' as base",
    )
    assert typed(checkpoint, f"to={tmp_path / 'there'}") == (
        2,
        f"error: to: {tmp_path / 'there'} is there already; name a folder that is not, or remove it",
    )
    assert typed(checkpoint) == (2, "error: merge: which adapter, and where to? Give CHECKPOINT to=FOLDER")
    assert not to.exists()


def test_nothing_appears_where_it_cannot_be_written(
    adapted: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transformers.PreTrainedTokenizerBase, "save_pretrained", full)
    assert typed(adapted.trained.checkpoint, f"to={tmp_path / 'merged'}")[0] == 1
    assert not list(tmp_path.iterdir())
