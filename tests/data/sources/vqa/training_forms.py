"""Rows for training, as data set cards and the manuals of trainers show them; wording and pictures are our own."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from tests.data.sources.vqa.making import IMAGE
from tests.data.sources.vqa.named_form import (
    Asked,
    NamedForm,
    data_url,
    document,
    encoded,
    held,
    parquet,
    rows,
)

Row = dict[str, Any]
HAT = "What colour is the hat of the man?"
SIGN = "What is written on the sign?"
TWO: tuple[Asked, ...] = ((HAT, "red", "a.png"), (HAT, "blue", "b.png"))
HELD: tuple[Asked, ...] = ((HAT, "red", 0), (HAT, "blue", 1))
SAID = (("a.png", "red"), ("b.png", "blue"))
SHORTLY = "Answer the question using a single word or phrase."
THINK = (
    "You FIRST think about the reasoning process as an internal monologue and then provide the final answer. "
    "The reasoning process MUST BE enclosed within <think> </think> tags. "
    "The final answer MUST BE put in \\boxed{}."
)
SYSTEM = "You are a helpful assistant."


def turns(user: Any, said: Any) -> list[Row]:
    return [{"role": "user", "content": user}, {"role": "assistant", "content": said}]


def sharegpt(user: str, said: str, human: str = "human", gpt: str = "gpt") -> list[Row]:
    return [{"from": human, "value": user}, {"from": gpt, "value": said}]


def image_list(*seeds: int) -> pa.Array:
    return pa.array([[held(seed)] for seed in seeds], pa.list_(IMAGE))


LLAVA: dict[str, NamedForm] = {
    "LLaVA-1.5 mix665k": NamedForm(document([
        {"id": "000000033471", "image": "coco/train2017/000000033471.jpg", "conversations": [
            *sharegpt(f"<image>\n{HAT}\n{SHORTLY}", "Red"), *sharegpt(SIGN, "Stop"),
            *sharegpt("What colour is it?", "Blue")]},
        {"id": "wgByO4Y_0", "model": "", "conversations": sharegpt("Write a poem about rain.", "Drops fall.")}],
        "coco/train2017/000000033471.jpg"),
        ((f"{HAT}\n{SHORTLY}", "Red", "coco/train2017/000000033471.jpg"),
         (SIGN, "Stop", "coco/train2017/000000033471.jpg")), left=("follow-up", "no-image-given")),
    "LLaVA-Instruct-150K": NamedForm(document(
        [{"id": name, "image": name, "conversations": sharegpt(f"{HAT}\n<image>", said)} for name, said in SAID]), TWO),
    "ShareGPT4V": NamedForm(document([{
        "id": name[0], "image": f"sam/images/{name}", "conversations": sharegpt(f"<image>\n{HAT}", said)} for name,
            said in SAID],
        "sam/images/a.png", "sam/images/b.png"),
        tuple((HAT, said, f"sam/images/{name}") for name, said in SAID)),
    "LLaVA-OneVision-Data": NamedForm(parquet({
        "id": ["1", "2"], "image": pa.array([held(0), held(1)], IMAGE), "conversations": [
            sharegpt(f"<image>\n{HAT}", said) for _, said in SAID], "data_source": ["vqa(x)"] * 2}), HELD),
    "LLaVA-NeXT-Data": NamedForm(parquet({
        "id": ["1", "2"], "conversations": [sharegpt(f"<image>\n{HAT}", said) for _, said in SAID],
        "image": pa.array([held(0), held(1)], IMAGE)}), HELD),
    "M4-Instruct": NamedForm(document([
        {"sample_id": 0, "conversations": sharegpt("<image>\n<image>\nWhich hat is red?", "the first"), "image":
         ["a.png", "b.png"], "choice_list": None, "metadata": {"dataset": "x", "split": "train", "num_sample": 2,
                                                               "task_instruction": "", "question_type": "open-ended"}},
        {"sample_id": 1, "conversations": sharegpt(f"<image>\n{HAT}", "blue"), "image": ["b.png"], "choice_list":
         None, "metadata": {"dataset": "x", "split": "train", "num_sample": 2, "task_instruction": "",
                            "question_type": "open-ended"}}]), TWO[1:], left=("several-images",)),
    "the Cauldron": NamedForm(parquet({
        "images": image_list(0, 1), "texts": [
            [{"user": f"Question: {HAT}\nAnswer briefly.", "assistant": f"{said}.", "source": "VQAv2"}]
            for _, said in SAID]}),
        tuple((f"Question: {HAT}\nAnswer briefly.", f"{said}.", seed) for seed, (_, said) in enumerate(SAID))),
    "MiniGPT-4": NamedForm(document({"annotations": [{"image_id": "0", "caption": "A man with a red hat."}]}, "0.jpg"),
                           (), left=("unknown-format",)),
    "InternVL": NamedForm(rows(*[{
        "id": 1, "image": name, "width": 24, "height": 16, "conversations": sharegpt(f"<image>\n{HAT}", said)} for name,
            said in SAID]), TWO),
    "InternVL, several pictures": NamedForm(rows({
        "id": 0, "image": ["a.png", "b.png"], "width_list": [24, 24], "height_list": [16, 16], "conversations":
        sharegpt("Image-1: <image>\nImage-2: <image>\nWhich?", "the first")}), (), left=("several-images",)),
    "XTuner": NamedForm(document([{
        "image": name, "conversation_id": name, "conversations": sharegpt(f"<image>\n{HAT}", said)} for name,
            said in SAID]), TWO),
    "Bunny, MGM, Cambrian": NamedForm(rows(*[{
        "id": name, "image": name, "source": "gqa_72k.json", "conversations": sharegpt(f"<image>\n{HAT}", said)}
            for name, said in SAID]), TWO),
    "Qwen-VL, named in the text": NamedForm(document([{
        "id": f"identity_{name}", "conversations": sharegpt(f"Picture 1: <img>{name}</img>\n{HAT}", said, "user",
                                                            "assistant")} for name, said in SAID]), TWO),
    "Qwen2-VL fine-tuning": NamedForm(document([{
        "image": name, "conversations": sharegpt(f"<image>\n{HAT}", said)} for name, said in SAID]), TWO),
    "MiniCPM-V": NamedForm(document([{
        "id": "0", "image": name, "conversations": turns(f"<image>\n{HAT}", said)} for name, said in SAID]), TWO),
    "MiniCPM-V, pictures by placeholder": NamedForm(document([{
        "id": "0", "image": {"<image_00>": "a.png", "<image_01>": "b.png"}, "conversations":
        turns("<image_00>\n<image_01>\nWhich hat is red?", "the first")}]), (), left=("several-images",)),
    "GLM-4V": NamedForm(rows(*[{"messages": [
        {"role": "user", "image": name, "content": HAT}, {"role": "assistant", "content": said}]} for name,
            said in SAID]), TWO),
    "Phi-3.5 vision, CogVLM: labels": NamedForm(rows(*[{
        "image": name, "prompt": HAT, "label": said} for name, said in SAID]), TWO),
    "PaliGemma": NamedForm(rows(*[{"image": name, "prefix": HAT, "suffix": said} for name, said in SAID]), TWO,
                           ("columns.question", "columns.answer")),
}  # fmt: skip

TRAINERS: dict[str, NamedForm] = {
    "LLaMA-Factory, sharegpt": NamedForm(document([{
        "messages": turns(f"<image>{HAT}", said), "images": [name]} for name, said in SAID]), TWO),
    "LLaMA-Factory, sharegpt with tools and system": NamedForm(document([{
        "conversations": sharegpt(f"<image>{HAT}", said), "images": [name], "system": SYSTEM, "tools": ""} for name,
            said in SAID]), TWO),
    "LLaMA-Factory, alpaca": NamedForm(document([{
        "instruction": "Look at the man.", "input": HAT, "output": said, "images": [name], "history": []} for name,
            said in SAID]),
        tuple((f"Look at the man.\n{HAT}", said, name) for name, said in SAID)),
    "LLaMA-Factory, preferences": NamedForm(document([{
        "conversations": [{"from": "human", "value": f"<image>{HAT}"}], "chosen": {"from": "gpt", "value": said},
        "rejected": {"from": "gpt", "value": "green"}, "images": [name]} for name, said in SAID]), TWO,
            ("columns.answer",)),
    "ms-swift, messages": NamedForm(rows(*[{
        "messages": [{"role": "system", "content": SYSTEM}, *turns(f"<image>{HAT}", said)], "images": [name]} for name,
            said in SAID]), TWO),
    "ms-swift, query and response": NamedForm(rows(*[{
        "query": f"<image>{HAT}", "response": said, "images": [name], "history": []} for name, said in SAID]), TWO),
    "ms-swift, conversation": NamedForm(rows(*[{
        "system": SYSTEM, "conversation": [{"human": f"<image>{HAT}", "assistant": said}], "images": [name]} for name,
            said in SAID]), TWO),
    "ms-swift, GRPO": NamedForm(rows(*[{
        "messages": [{"role": "user", "content": f"<image>{HAT}"}], "images": [name], "solution":
        f"<answer> {said} </answer>"} for name, said in SAID]), TWO),
    "ms-swift, preferences": NamedForm(rows(*[{
        "messages": turns(f"<image>{HAT}", said), "rejected_response": "green", "images": [name]} for name,
            said in SAID]), TWO),
    "ms-swift, grounding": NamedForm(rows({
        "messages": turns("<image>Where is <ref-object>?", "<bbox>"), "images": ["a.png"], "objects":
        {"ref": ["the hat"], "bbox": [[1, 2, 3, 4]]}}), (), left=("unread-text",)),
    "TRL, prompt and images": NamedForm(parquet({
        "prompt": [[{"role": "user", "content": HAT}]] * 2, "images": image_list(0, 1), "solution": ["red", "blue"]}),
        HELD),
    "TRL, prompt in parts and completion": NamedForm(rows(*[{
        "images": [name], "prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": HAT}]}],
        "completion": [{"role": "assistant", "content": [{"type": "text", "text": said}]}]} for name, said in SAID]),
            TWO),
    "TRL, R1-V and open-r1-multimodal": NamedForm(parquet({
        "image": pa.array([held(0), held(1)], IMAGE), "problem": [HAT] * 2, "solution":
        [f"<answer> {said} </answer>" for _, said in SAID]}), HELD),
    "TRL, RLAIF-V preferences": NamedForm(parquet({
        "ds_name": ["RLAIF-V"] * 2, "image": pa.array([held(0), held(1)], IMAGE), "question": [HAT] * 2, "chosen":
        ["red", "blue"], "rejected": ["green"] * 2, "origin_dataset": ["x"] * 2, "origin_split": ["y"] * 2, "idx":
        ["1", "2"], "image_path": ["x/1.jpg", "x/2.jpg"]}), HELD, ("columns.answer",)),
    "Unsloth": NamedForm(rows(*[{"messages": [
        {"role": "user", "content": [{"type": "text", "text": HAT}, {"type": "image", "image": data_url(seed)}]},
        {"role": "assistant", "content": [{"type": "text", "text": said}]}]} for seed, (_, said) in enumerate(SAID)]),
            HELD),
    "Axolotl": NamedForm(rows(*[{"messages": [
        {"role": "system", "content": [{"type": "text", "text": SYSTEM}]},
        {"role": "user", "content": [{"type": "image", "path": name}, {"type": "text", "text": HAT}]},
        {"role": "assistant", "content": [{"type": "text", "text": said}]}]} for name, said in SAID]), TWO),
    "Axolotl, base64": NamedForm(rows(*[{"messages": [
        {"role": "user", "content": [{"type": "image", "base64": encoded(seed)}, {"type": "text", "text": HAT}]},
        {"role": "assistant", "content": [{"type": "text", "text": said}]}]} for seed, (_, said) in enumerate(SAID)]),
            HELD),
    "OpenAI, data URLs": NamedForm(rows(*[{"messages": [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [{"type": "text", "text": HAT}, {"type": "image_url", "image_url": {
            "url": data_url(seed), "detail": "low"}}]},
        {"role": "assistant", "content": said}]} for seed, (_, said) in enumerate(SAID)]), HELD),
    "OpenAI, addresses on the web": NamedForm(rows({"messages": [
        {"role": "user", "content": [{"type": "text", "text": HAT}, {"type": "image_url", "image_url": {
            "url": "https://example.org/a.png"}}]}, {"role": "assistant", "content": "red"}]}), (),
        left=("remote-image",)),
    "OpenAI, responses": NamedForm(rows(*[{"messages": [
        {"role": "user", "content": [{"type": "input_text", "text": HAT}, {"type": "input_image", "image_url":
                                                                           data_url(seed)}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": said}]}]} for seed, (_,
            said) in enumerate(SAID)]), HELD),
    "Anthropic": NamedForm(rows(*[{"messages": [
        {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data":
                                                                  encoded(seed)}}, {"type": "text", "text": HAT}]},
        {"role": "assistant", "content": said}]} for seed, (_, said) in enumerate(SAID)]), HELD),
    "Nemotron-VLM": NamedForm(rows(*[{"id": name, "messages": [
        {"role": "user", "content": [{"type": "image", "image": name, "metadata": {
            "width": 24, "height": 16, "format": "PNG", "mode": "RGB"}}, {"type": "text", "text": HAT}]},
        {"role": "assistant", "content": [{"type": "text", "text": said}]}]} for name, said in SAID]), TWO),
}  # fmt: skip

REWARDED: dict[str, NamedForm] = {
    "verl, geo3k": NamedForm(parquet({
        "data_source": ["hiyouga/geometry3k"] * 2, "prompt": [[{"role": "user",
            "content": f"<image>{HAT} {THINK}"}]] * 2,
        "images": image_list(0, 1), "ability": ["math"] * 2, "reward_model":
        [{"style": "rule", "ground_truth": said} for _, said in SAID], "extra_info":
        [{"split": "train", "index": at, "answer": said, "question": f"<image>{HAT}"}
         for at, (_, said) in enumerate(SAID)]}),
        HELD),
    "EasyR1, geometry3k": NamedForm(parquet({
        "images": image_list(0, 1), "problem": [f"<image>{HAT}"] * 2, "answer": ["red", "blue"]}), HELD),
    "ViRL39K": NamedForm(parquet({
        "question": [f"<image>\n{HAT}"] * 2, "answer": ["\\boxed{red}", "\\boxed{blue}"], "PassRate_32BTrained":
        [0.5, 1.0], "PassRate_7BBase": [0.1, 0.2], "category": ["Spatial Reasoning"] * 2, "source": ["Processed"] * 2,
        "qid": ["Processed-1-0", "Processed-2-0"], "image": image_list(0, 1)}), HELD),
    "MM-Eureka": NamedForm(rows(*[{
        "id": "0", "conversations": [{"role": "user", "content": f"<image>\n{HAT}"}], "answer": f"${said}$",
        "image_urls": [name]} for name, said in SAID]), tuple((HAT, f"${said}$", name) for name, said in SAID)),
    "MM-Eureka, OpenRLHF": NamedForm(rows(*[{
        "id": "0", "message": json.dumps([{"role": "user", "content": [
            {"type": "image", "image": name}, {"type": "text", "text": HAT}]}]), "answer": said} for name,
                said in SAID]), TWO),
    "R1-OneVision": NamedForm(rows(*[{
        "id": str(seed), "image": encoded(seed), "conversations":
        sharegpt(HAT, f"<think>There is a man.</think>\n\n<answer>{said}</answer>")} for seed, (_,
            said) in enumerate(SAID)]), HELD),
    "OpenR1, multimodal-open-r1-8k": NamedForm(parquet({
        "image": pa.array([held(0), held(1)], IMAGE), "problem": [HAT] * 2, "solution":
        [f"<think>Look.</think>\n<answer>{said}</answer>" for _, said in SAID], "original_question": [HAT] * 2,
        "original_answer": ["red", "blue"]}), HELD),
    "MMR1, Vision-R1": NamedForm(rows(*[{
        "images": [name], "problem": f"<image>{HAT}", "answer": said, "problem_type": "numerical", "data_source":
        "x", "options": []} for name, said in SAID]), TWO),
    "Vision-R1-cold": NamedForm(rows(*[{
        "id": name, "image": name, "conversations": sharegpt(
            f"<image>\n{HAT}", f"<think>\nA man.\n</think>\n\n{said}")} for name, said in SAID]), TWO),
    "LMM-R1, OpenRLHF-M": NamedForm(rows(*[{
        "message": json.dumps([{"role": "system", "content": SYSTEM}, {"role": "user", "content": [
            {"type": "image", "image": name}, {"type": "text", "text": HAT}]}]), "question": HAT, "answer": said}
                for name, said in SAID]),
        TWO),
    "SkyRL": NamedForm(rows(*[{
        "data_source": "x", "prompt": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": data_url(seed)}}, {"type": "text", "text": HAT}]}], "env_class":
        "geo3k", "reward_spec": {"method": "rule", "ground_truth": said}, "extra_info": {"split": "train", "index":
                                                                                       seed}} for seed, (_,
                                                                                           said) in enumerate(SAID)]),
                                                                                               HELD),
    "NeMo RL, CLEVR-CoGenT": NamedForm(parquet({
        "image": pa.array([held(0), held(1)], IMAGE), "problem": [HAT] * 2, "solution":
        [f"<answer> {said} </answer>" for _, said in SAID]}), HELD),
    "AReaL, rLLM": NamedForm(parquet({
        "images": image_list(0, 1), "question": [HAT] * 2, "ground_truth": ["red", "blue"], "data_source":
        ["hiyouga/geometry3k"] * 2}), HELD),
    "GEOQA_R1V": NamedForm(rows(*[{
        "image_path": name, "question": HAT, "ground_truth": f"<answer> {said} </answer>"} for name, said in SAID]),
            TWO),
    "VLAA-Thinking": NamedForm(rows(*[{
        "id": 1, "image": name, "caption": "A man.", "reasoning": "He has a hat.", "question": HAT, "answer": said,
        "gt": said, "ori_question": HAT} for name, said in SAID]), TWO, ("ignore",)),
}  # fmt: skip
TRAINING_FORMS = {**LLAVA, **TRAINERS, **REWARDED}
