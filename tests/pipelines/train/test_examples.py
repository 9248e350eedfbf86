"""Configurations for accelerate, read by accelerate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.import_graph import ROOT
from tests.pipelines.train.context_selection.tiny_models import torch

accelerate: Any = pytest.importorskip("accelerate", reason="training needs the extra: pip install -e '.[train]'")
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_accelerate_takes_every_field(file: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    config = load_config_from_file(str(file))
    known = {option for action in launch_command_parser()._actions for option in action.option_strings}
    assert {f"--{name}" for name in config.fsdp_config} <= known
    assert (config.num_processes > 1, config.mixed_precision) == (True, "bf16")
    assert f"--config_file examples/{file.name}" in file.read_text()


def test_the_sharded_one_cuts_layers_and_reads_them_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.utils import FullyShardedDataParallelPlugin

    config = load_config_from_file(str(ROOT / "examples" / "fsdp4.yaml"))
    for name, value in config.fsdp_config.items():
        monkeypatch.setenv(name.upper(), str(value).lower() if isinstance(value, bool) else str(value))
    plugin = FullyShardedDataParallelPlugin()
    assert (plugin.fsdp_version, plugin.cpu_ram_efficient_loading) == (2, False)
    assert not isinstance(plugin.cpu_offload, torch.distributed.fsdp.CPUOffloadPolicy)
    assert plugin.state_dict_type is torch.distributed.fsdp.StateDictType.FULL_STATE_DICT
    assert config.num_processes == 4
