"""`contextpairs export` as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.export import ExportConfig, export_pairs
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import account, splits_of
from tests.pipelines.cli.test_main import run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    Store(tmp_path / "coding").publish(splits_of(range(9)), account())
    return tmp_path / "coding"


def test_an_export_says_what_it_is_and_how_to_start(store: Path, tmp_path: Path) -> None:
    arguments = ("export", str(store), "to=verl", f"dest={tmp_path / 'verl'}", "order=both", "split=train")
    first, second = run(*arguments), run(*arguments)
    assert first.stdout.splitlines()[:2] == [
        "exported coding v000001 as verl: 12 train records",
        str(tmp_path / "verl"),
    ]
    assert (
        f"data.train_files={tmp_path}/verl/train.parquet data.val_files={tmp_path}/verl/train.parquet" in first.stdout
    )
    assert second.stdout.startswith("unchanged: the same export was there already: coding v000001")
    assert (first.returncode, second.returncode) == (0, 0)


def test_yaml_files_and_overrides_are_merged(store: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(f"stores: {store}\nto: chat\ndest: nowhere\nprompt: {{prefill: It is}}\n")
    done = run("export", "-c", str(tmp_path / "mine.yaml"), f"dest={tmp_path / 'chat'}", "prompt.suffix=A or B?")
    assert done.returncode == 0, done.stderr
    line = (tmp_path / "chat/train.jsonl").read_text().splitlines()[0]
    assert "A or B?" in line
    assert "It is " in line


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "give a store and dest="),
        (["STORE", "to=verl"], 2, "give a store and dest="),
        (["STORE", "to=megatron", "dest=x"], 2, "to: Input should be 'datasets', 'hub', 'trl'"),
        (["STORE", "to=verl", "dest=x", "ordr=both"], 2, "ordr: there is no such field"),
        (["STORE", "to=verl", "dest=x", "version=v9"], 2, "no version 'v9'; it has: v000001"),
        (["STORE/none", "to=verl", "dest=x"], 2, "there is no store with a version"),
        (["STORE", "STORE", "to=verl", "dest=x"], 2, "it takes one store"),
        (["STORE", "STORE", "to=datasets", "dest=x", "version=v1"], 2, "version: 'v1' of which of"),
        (["STORE", "to=verl", "dest=STORE"], 2, "holds no export"),
        (["STORE", "to=trl", "dest=x", "prompt.prefill=It is"], 2, "prompt.prefill"),
    ],
)
def test_what_cannot_be_exported_is_said_so(store: Path, arguments: list[str], code: int, said: str) -> None:
    done = run("export", *(argument.replace("STORE", str(store)) for argument in arguments))
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_every_field_is_documented() -> None:
    shown = run("config", "--of", "export", "to=trl").stdout
    for name, field in ExportConfig.model_fields.items():
        assert (field.description or "none").splitlines()[0] in shown
        assert f"\n{name}:" in f"\n{shown}"


def test_several_stores_are_one_data_set(store: Path, tmp_path: Path) -> None:
    Store(tmp_path / "images").publish(image_splits(range(9)), image_account())
    config = ExportConfig(stores=[str(store), str(tmp_path / "images")], dest=str(tmp_path / "out"), split="probe")
    assert [source.domain for source in export_pairs(config).record.sources] == ["coding", "images"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["trl", "trl-preference"])
def test_the_printed_lines_start_a_run(form: str, store: Path, tmp_path: Path) -> None:
    from tests.pipelines.train.context_selection.tiny_models import save_llama

    model = save_llama(tmp_path / "model")
    done = run("export", str(store), f"to={form}", f"dest={tmp_path / 'out'}")
    lines = done.stdout.partition("To start a run:\n\n")[2].strip().replace("MODEL", str(model))
    small = "--max_steps 1 --use_cpu --per_device_train_batch_size 8 --report_to none"
    # `datasets` takes folders of one name for one data set, whatever lies in them.
    own = f"export HF_DATASETS_CACHE={tmp_path / 'cache'}; PATH={Path(sys.executable).parent}:$PATH"
    command = f"{own}; cd {tmp_path}; {lines} {small}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "run/model.safetensors").is_file()
