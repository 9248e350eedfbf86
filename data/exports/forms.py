"""The forms that trainers read: TRL, verl, EasyR1, SkyRL, OpenAI's chat. A new one is written here, or beside it.

Each says how a record is made from an example, and, where a record has a place for the pair, how the pair is read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from contextpairs.data.exports import authors
from contextpairs.data.exports.data_urls import bytes_of, common, parts_with_images
from contextpairs.data.exports.examples import Example, carried, restored
from contextpairs.data.exports.export_form import (
    IMAGES,
    NUMBER,
    TEXT,
    TURNS,
    TURNS_OF_PARTS,
    Column,
    ExportForm,
    Record,
    struct,
)
from contextpairs.data.exports.record import DATA_SET, ExportError, ExportOptions
from contextpairs.data.pairs.prompting import Letter, PromptOptions, content_parts, other


def _reply(letter: Letter, prompt: PromptOptions) -> str:
    """What the model is to answer, whole."""
    return f"{prompt.prefill.rstrip()} {letter}" if prompt.prefill else letter


def _image_column(has_images: bool) -> dict[str, Column]:
    """Coding pairs have none: a column of images makes trainers ask for a processor."""
    return {"images": IMAGES} if has_images else {}


def _images(example: Example) -> dict[str, Any]:
    """The same of a record: {bytes, path} of each image in the order of their places."""
    return {"images": list(example.shown.images)} if example.shown.images else {}


def _restored(text: str, record: Record, letter: Letter) -> Mapping[str, Any]:
    return restored(text, [image["bytes"] for image in record.get("images", ())], letter)


def _turns_with_data_urls(example: Example, images: list[bytes]) -> list[dict[str, Any]]:
    """The conversation as OpenAI's API takes it, each image as a data URL in its place."""
    if not images:
        return list(example.turns)
    *before, asked = example.turns
    return [*before, {"role": asked["role"], "content": parts_with_images(asked["content"], images)}]


# TRL (https://huggingface.co/docs/trl/dataset_formats): prompt-only conversations for GRPOTrainer, preferences for
# DPOTrainer. With images, contents are lists of parts: TRL puts the images of a text content before it, wherever their
# placeholders stand.

TRL_START = """\
PYTHONPATH={here} trl grpo --model_name_or_path MODEL --dataset_name {here} --reward_funcs pair_reward.trl_reward \\
    --num_generations 8 --max_completion_length 16 --chat_template_kwargs '{"enable_thinking": false}' \\
    --output_dir run"""

PREFERENCE_START = """\
trl dpo --model_name_or_path MODEL --dataset_name {here} --max_length 32768 --output_dir run"""


def _trl_columns(has_images: bool) -> dict[str, Column]:
    prompt = TURNS_OF_PARTS if has_images else TURNS
    return {"prompt": prompt, **_image_column(has_images), "letter": TEXT, "pair": TEXT}


def _preference_columns(has_images: bool) -> dict[str, Column]:
    return {**_trl_columns(has_images), "chosen": TURNS, "rejected": TURNS}


def _trl_record(example: Example, options: ExportOptions) -> Record:
    record = {"prompt": example.turns, "letter": example.shown.letter, "pair": carried(example, options)}
    if not example.shown.images:
        return record
    prompt = [{"role": turn["role"], "content": content_parts(turn["content"])} for turn in example.turns]
    return {**record, "prompt": prompt, **_images(example)}


def _preference_record(example: Example, options: ExportOptions) -> Record:
    right = example.shown.letter
    replies = {"chosen": _reply(right, options.prompt), "rejected": _reply(other(right), options.prompt)}
    turns = {name: [{"role": "assistant", "content": text}] for name, text in replies.items()}
    return {**_trl_record(example, options), **turns}


def _trl_pair(record: Record) -> Mapping[str, Any]:
    return _restored(record["pair"], record, record["letter"])


TRL = ExportForm(
    name="trl", record=_trl_record, start=TRL_START, columns=_trl_columns, pair=_trl_pair, files=("pair_reward.py",)
)
PREFERENCE = ExportForm(
    name="trl-preference",
    record=_preference_record,
    start=PREFERENCE_START,
    columns=_preference_columns,
    pair=_trl_pair,
    has_reply=True,
)


# verl, read by `RLHFDataset` of verl.utils.dataset.rl_dataset: contents are text with `<image>` where an image stands,
# as many as `images` has; metrics are reported by `data_source`; `extra_info.index` is the record's place.

VERL_START = """\
python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo actor_rollout_ref.model.path=MODEL \\
    data.train_files={train} data.val_files={probe} data.filter_overlong_prompts=true \\
    data.max_prompt_length=32768 data.max_response_length=16 actor_rollout_ref.rollout.name=vllm \\
    +data.apply_chat_template_kwargs.enable_thinking=false actor_rollout_ref.rollout.n=8 \\
    custom_reward_function.path={here}/pair_reward.py custom_reward_function.name=verl_reward"""


def _verl_columns(has_images: bool) -> dict[str, Column]:
    return {
        "data_source": TEXT,
        "prompt": TURNS,
        **_image_column(has_images),
        "ability": TEXT,
        "reward_model": struct(style=TEXT, ground_truth=TEXT),
        "extra_info": struct(index=NUMBER, split=TEXT, pair=TEXT),
    }


def _verl_record(example: Example, options: ExportOptions) -> Record:
    return {
        "data_source": _data_source(example),
        "prompt": example.turns,
        "ability": "context-selection",
        "reward_model": {"style": "rule", "ground_truth": example.shown.letter},
        "extra_info": _extra_info(example, options),
        **_images(example),
    }


def _data_source(example: Example) -> str:
    """Names domain and strategy, so that a trainer's metrics tell them apart."""
    return f"contextpairs/{example.domain}/{example.row['strategy']}"


def _extra_info(example: Example, options: ExportOptions) -> dict[str, Any]:
    return {"index": example.index, "split": example.split, "pair": carried(example, options)}


def _verl_pair(record: Record) -> Mapping[str, Any]:
    return _restored(record["extra_info"]["pair"], record, record["reward_model"]["ground_truth"])


VERL = ExportForm(
    name="verl",
    record=_verl_record,
    start=VERL_START,
    columns=_verl_columns,
    pair=_verl_pair,
    files=("pair_reward.py",),
)


# EasyR1, read by `RLHFDataset` of its verl.utils.dataset: the problem is one user message with `<image>` where an image
# stands.

EASYR1_START = """\
python3 -m verl.trainer.main config=examples/config.yaml worker.actor.model.model_path=MODEL \\
    data.train_files={train} data.val_files={probe} data.prompt_key=problem data.answer_key=answer \\
    data.image_key=images data.format_prompt=null data.max_prompt_length=32768 data.max_response_length=16 \\
    worker.rollout.n=8 worker.rollout.limit_images=2 \\
    worker.reward.reward_function={here}/pair_reward.py:easyr1_reward"""


def _easyr1_columns(has_images: bool) -> dict[str, Column]:
    return {"problem": TEXT, "answer": TEXT, **_image_column(has_images), "pair": TEXT}


def _easyr1_record(example: Example, options: ExportOptions) -> Record:
    shown = example.shown
    return {"problem": shown.text, "answer": shown.letter, "pair": carried(example, options), **_images(example)}


def _easyr1_pair(record: Record) -> Mapping[str, Any]:
    return _restored(record["pair"], record, record["answer"])


EASYR1 = ExportForm(
    name="easyr1",
    record=_easyr1_record,
    start=EASYR1_START,
    columns=_easyr1_columns,
    pair=_easyr1_pair,
    files=("pair_reward.py",),
    has_system=False,
)


# SkyRL, read by `PromptDataset` of skyrl.train.dataset: the prompt is a conversation, all other fields reach the
# environment as `extras`. Images are data URLs inside the prompt, as its vision generator reads them.

SKYRL_START = """\
python3 {here}/skyrl_env.py trainer.policy.model.path=MODEL trainer.algorithm.advantage_estimator=grpo \\
    data.train_data="['{train}']" data.val_data="['{probe}']" environment.env_class=contextpairs \\
    trainer.max_prompt_length=32768 generator.sampling_params.max_generate_length=16 \\
    generator.n_samples_per_prompt=8 generator.inference_engine.backend=vllm \\
    generator.batched=false generator.chat_template_kwargs.enable_thinking=false
    # image pairs: generator.vision_language_generator=true"""


def _skyrl_record(example: Example, options: ExportOptions) -> Record:
    letter = example.shown.letter
    return {
        "prompt": _turns_with_data_urls(example, [image["bytes"] for image in example.shown.images]),
        "correct_answer": letter,
        "env_class": "contextpairs",
        "reward_spec": {"method": "rule", "ground_truth": letter},
        "data_source": _data_source(example),
        "extra_info": _extra_info(example, options),
    }


def _skyrl_pair(record: Record) -> Mapping[str, Any]:
    content = record["prompt"][-1]["content"]
    parts = content if isinstance(content, list) else []
    images = [bytes_of(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]
    return restored(record["extra_info"]["pair"], images, record["correct_answer"])


SKYRL = ExportForm(
    name="skyrl",
    record=_skyrl_record,
    start=SKYRL_START,
    pair=_skyrl_pair,
    files=("pair_reward.py", "skyrl_env.py"),
)


# OpenAI's chat form: endpoints for supervised training refuse fields they do not know, so records carry no ids and
# cannot be turned back into pairs. Formats of images that such endpoints do not take become PNG.

CHAT_START = """\
from openai import OpenAI
client = OpenAI()
files = [client.files.create(file=open(f, "rb"), purpose="fine-tune").id for f in ("{train}", "{probe}")]
client.fine_tuning.jobs.create(model="MODEL", training_file=files[0], validation_file=files[1])"""


def _chat_record(example: Example, options: ExportOptions) -> Record:
    prompt = _turns_with_data_urls(example, [common(image["bytes"]) for image in example.shown.images])
    said = {"role": "assistant", "content": _reply(example.shown.letter, options.prompt)}
    return {"messages": [*prompt, said]}


CHAT = ExportForm(name="chat", record=_chat_record, start=CHAT_START, has_reply=True)

FormName = Literal["trl", "trl-preference", "verl", "easyr1", "skyrl", "chat", "contextrl"]
FORMS: dict[str, ExportForm] = {
    form.name: form for form in (TRL, PREFERENCE, VERL, EASYR1, SKYRL, CHAT, authors.CODING)
}
"""All but `datasets`, whose records are the pairs themselves."""
OF_IMAGES: dict[str, ExportForm] = {authors.IMAGE_PAIRS.name: authors.IMAGE_PAIRS}
"""Forms of which the consumer has another for image pairs."""


def form_named(name: str, domain: str = "coding") -> ExportForm:
    """A form of prompts for the pairs of a domain. Raises ExportError for an unknown name."""
    if name not in FORMS:
        raise ExportError(f"unknown form {name!r}; expected one of {', '.join((DATA_SET, *FORMS))}")
    return OF_IMAGES.get(name, FORMS[name]) if domain == "images" else FORMS[name]
