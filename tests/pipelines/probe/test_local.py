"""Probing models that transformers loads here: tiny ones of real architectures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.prompting import PromptOptions, Shown, show
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.run import Probed, probe
from contextpairs.pipelines.probe.tables import model_sheet
from tests.pipelines.probe.asked import coding_store, image_store, question_count, stored_rows
from tests.pipelines.train.context_selection.tiny_models import (
    save_llama,
    save_qwen_vl,
    save_text_model,
    torch,
    transformers,
)

from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong  # isort: skip
from contextpairs.pipelines.train.context_selection.loading import LanguageModelError, load_model  # isort: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coding_store(tmp_path_factory.mktemp("store"), 9)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return image_store(tmp_path_factory.mktemp("pictures"), 6)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_llama(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_qwen_vl(tmp_path_factory.mktemp("models") / "qwen")


def asked(model: Path, store: Path, out: Path, **fields: Any) -> Probed:
    return probe(ProbeConfig.model_validate({"model": str(model), "pairs": str(store), "out": out, **fields}))


def alone(model: Path, prompts: list[Shown], prefill: str = "") -> list[tuple[float, float, float]]:
    """Logits of A and B and their probability: each prompt by itself, without what the probe uses."""
    words = transformers.AutoTokenizer.from_pretrained(model)
    network = transformers.AutoModelForCausalLM.from_pretrained(model)
    found = []
    for shown in prompts:
        said = [{"role": "user", "content": shown.text}]
        text = words.apply_chat_template(said, tokenize=False, add_generation_prompt=True, enable_thinking=False)
        ids = words(text + prefill, add_special_tokens=False, return_tensors="pt")["input_ids"]
        letters = [words(space + x)["input_ids"][-1] for space in (" " if prefill else "",) for x in "AB"]
        with torch.no_grad():
            logits = network(ids).logits[0, -1].double()
        a, b = (float(logits[letter]) for letter in letters)
        found.append((a, b, float(logits.softmax(-1)[letters].sum())))
    return found


def test_logits_are_those_of_each_prompt_alone(llama: Path, store: Path, tmp_path: Path) -> None:
    rows = asked(llama, store, tmp_path, batch_tokens=1500).results.rows.to_pylist()
    prompts = [show(row, letter=letter) for row in stored_rows(store) for letter in ("A", "B")]
    assert [(row["pair_id"], row["letter"]) for row in rows] == [(each.pair_id, each.letter) for each in prompts]
    for row, (a, b, mass) in zip(rows, alone(llama, prompts), strict=True):
        assert (row["logit_a"], row["logit_b"], row["letter_mass"]) == pytest.approx((a, b, mass), abs=1e-4)
        assert row["chosen"] == ("A" if a > b else "B")
        assert row["margin"] == pytest.approx(a - b if row["letter"] == "A" else b - a, abs=1e-4)
        assert row["right"] == (row["margin"] > 0)


def test_a_prefill_moves_the_letter_behind_it(llama: Path, store: Path, tmp_path: Path) -> None:
    probed = asked(llama, store, tmp_path, prompt={"prefill": "The correct option is"}, limit=4)
    row = probed.results.rows.to_pylist()[0]
    pair = next(each for each in stored_rows(store) if each["pair_id"] == row["pair_id"])
    a, b, _ = alone(llama, [show(pair, letter="A")], "The correct option is")[0]
    assert (row["logit_a"], row["logit_b"]) == pytest.approx((a, b), abs=1e-4)


def test_random_weights_are_near_chance(llama: Path, store: Path, tmp_path: Path) -> None:
    found = asked(llama, store, tmp_path).report
    assert found.overall.accuracy.low <= 0.5 <= found.overall.accuracy.high
    assert found.outcomes == {"letter": question_count(store)}
    assert found.letter_mass is not None
    assert 0 < found.letter_mass < 0.1


def with_head(llama: Path, folder: Path, weight: float) -> Path:
    """A Llama that answers by the letter's token alone: A gets `weight`, whatever the prompt."""
    words = transformers.AutoTokenizer.from_pretrained(llama)
    model = transformers.AutoModelForCausalLM.from_pretrained(llama)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 100.0
        model.lm_head.weight.zero_()
        model.lm_head.weight[words("A")["input_ids"][-1], 0] = weight
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def test_a_constant_preference_is_all_position_bias(llama: Path, store: Path, tmp_path: Path) -> None:
    found = asked(with_head(llama, tmp_path / "a", 1.0), store, tmp_path / "out").report
    assert (found.overall.accuracy.value, found.overall.consistent.value) == (0.5, 0.0)
    assert found.chose_a is not None
    assert (found.chose_a.value, found.a_minus_b.value) == (1.0, 1.0)
    assert found.belief_a is not None
    assert found.belief_a.value > 0.4


def test_half_the_bits_give_nearly_the_same_logits(llama: Path, store: Path, tmp_path: Path) -> None:
    exact = asked(llama, store, tmp_path, limit=4)
    rounded = asked(llama, store, tmp_path, limit=4, dtype="bfloat16")
    assert exact.path != rounded.path
    first, second = (each.results.rows["logit_a"].to_pylist() for each in (exact, rounded))
    assert second == pytest.approx(first, abs=0.05)
    assert first != second


def test_equal_logits_are_ties(llama: Path, store: Path, tmp_path: Path) -> None:
    found = asked(with_head(llama, tmp_path / "none", 0.0), store, tmp_path / "out").report
    assert found.outcomes == {"tie": question_count(store)}
    assert found.overall.accuracy.value == 0.5


def test_an_adapter_is_loaded_onto_its_base(llama: Path, store: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    model = transformers.AutoModelForCausalLM.from_pretrained(llama)
    torch.manual_seed(0)
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(tmp_path / "adapter")
    plain, changed = (asked(each, store, tmp_path / "out", limit=4) for each in (llama, tmp_path / "adapter"))
    assert plain.results.rows["logit_a"].to_pylist() != changed.results.rows["logit_a"].to_pylist()
    revisions = plain.results.facts["revision"], changed.results.facts["revision"]
    assert revisions[1].endswith(f"+{revisions[0]}")


def test_a_vision_language_model_sees_both_images_in_their_places(qwen: Path, pictures: Path, tmp_path: Path) -> None:
    rows = asked(qwen, pictures, tmp_path, batch_tokens=300).results.rows.to_pylist()
    assert len(rows) == question_count(pictures)
    assert {row["domain"] for row in rows} == {"photo"}
    one_by_one = asked(qwen, pictures, tmp_path / "single", batch_tokens=1).results.rows.to_pylist()
    for row, single in zip(rows, one_by_one, strict=True):
        assert (row["logit_a"], row["logit_b"]) == pytest.approx((single["logit_a"], single["logit_b"]), abs=1e-4)
    swapped = [(first["logit_a"], second["logit_a"]) for first, second in zip(rows[::2], rows[1::2], strict=True)]
    assert all(first != second for first, second in swapped)


def test_a_vision_language_model_reads_text_pairs(qwen: Path, store: Path, tmp_path: Path) -> None:
    assert asked(qwen, store, tmp_path, limit=2).report.outcomes == {"letter": 4}


def test_images_for_a_text_model_are_refused(llama: Path, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="image pairs need a vision-language model"):
        asked(llama, pictures, tmp_path)


def lengths(llama: Path, store: Path, out: Path) -> list[int]:
    found: list[int] = asked(llama, store, out).results.rows["tokens"].to_pylist()
    return sorted(found)


def test_a_prompt_that_is_too_long_stops_the_probe(llama: Path, store: Path, tmp_path: Path) -> None:
    longest = lengths(llama, store, tmp_path)[-1]
    with pytest.raises(ContextTooLong, match=f"{longest} tokens, at most {longest - 1}"):
        asked(llama, store, tmp_path, max_length=longest - 1)
    assert asked(llama, store, tmp_path, max_length=longest).report.pairs


def test_or_is_left_out_and_counted(llama: Path, store: Path, tmp_path: Path) -> None:
    found = lengths(llama, store, tmp_path)
    probed = asked(llama, store, tmp_path, max_length=found[0] + 20, too_long="drop")
    dropped = sum(tokens > found[0] + 20 for tokens in found)
    assert dropped
    assert probed.report.outcomes == {"letter": len(found) - dropped, "too-long": dropped}
    assert probed.report.pairs == (len(found) - dropped) // 2


def test_the_model_itself_sets_a_limit(store: Path, tmp_path: Path) -> None:
    with pytest.raises(ContextTooLong, match="at most 64"):
        asked(save_llama(tmp_path / "short", context=64), store, tmp_path / "out")


def test_changed_weights_are_another_run(store: Path, tmp_path: Path) -> None:
    first = asked(save_llama(tmp_path / "model"), store, tmp_path / "out", limit=2)
    second = asked(save_llama(tmp_path / "model", seed=1), store, tmp_path / "out", limit=2)
    assert first.path != second.path


def test_a_model_that_is_not_there_is_said_so(store: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        asked(tmp_path / "nowhere", store, tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LanguageModelError, match="empty"):
        asked(tmp_path / "empty", store, tmp_path / "out")


def test_prompt_options_default_to_those_of_the_trainer() -> None:
    assert ProbeConfig().prompt == PromptOptions()


def test_a_model_with_learned_places_says_the_same_in_any_batch(store: Path, tmp_path: Path) -> None:
    model = save_text_model(tmp_path / "gpt2", "gpt2")
    margins = [
        asked(model, store, tmp_path / str(size), batch_tokens=size, limit=4).results.rows["margin"].to_pylist()
        for size in (1, 100_000)
    ]
    assert margins[0] == pytest.approx(margins[1], abs=1e-5)


def test_what_computes_the_logits_is_part_of_the_run(
    llama: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked(llama, store, tmp_path, limit=2)
    facts = first.results.facts
    assert (facts["device"], facts["attention"]) == ("cpu", "sdpa")
    assert facts["libraries"]["torch"] == str(torch.__version__).partition("+")[0]
    monkeypatch.setattr("contextpairs.pipelines.probe.identity.library_versions", lambda: {"torch": "0"})
    assert asked(llama, store, tmp_path, limit=2).path != first.path


def test_too_long_questions_are_counted_with_their_pairs(llama: Path, store: Path, tmp_path: Path) -> None:
    found = lengths(llama, store, tmp_path)
    probed = asked(llama, store, tmp_path, max_length=found[0] + 20, too_long="drop")
    dropped = sum(tokens > found[0] + 20 for tokens in found)
    cells = dict(zip(model_sheet([probed.results]).columns, model_sheet([probed.results]).rows[0], strict=True))
    assert cells["questions too long"] == f"{dropped} ({dropped // 2} pairs)"


def test_an_adapter_whose_base_is_elsewhere_says_so(
    llama: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peft = pytest.importorskip("peft")
    base = "here/models/llama"
    shutil.copytree(llama, tmp_path / "work" / base)
    monkeypatch.chdir(tmp_path / "work")
    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    peft.get_peft_model(model, peft.LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(tmp_path / "adapter")
    assert asked(tmp_path / "adapter", store, tmp_path / "out", limit=2).report.pairs
    monkeypatch.chdir(tmp_path)
    for refused in (
        lambda: asked(tmp_path / "adapter", store, tmp_path / "out"),
        lambda: load_model(str(tmp_path / "adapter")),
    ):
        with pytest.raises(LookupError, match=f"adapter: its adapter_config.json names '{base}' as base, which is"):
            refused()
