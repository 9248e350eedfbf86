"""Rows as public data sets have them, after their cards: each form by its name, made anew with small pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import IMAGE, PNG, lines, table

Q = "What is in the box?"
BOTH = ("cat", "dog")
"""What the rows of a form answer."""
PAIRS = (("a.png", "cat"), ("b.png", "dog"))


class Form(NamedTuple):
    """A form.

    Attributes:
        make: writes it into a folder and gives what is named as the source.
        decides: what a user says of its texts that are not known: "context", "ignore" or "" where none is needed.
        answers: of its rows.
    """

    make: Callable[[Path], Path]
    decides: str = ""
    answers: tuple[str, ...] = BOTH


def _pictures(folder: Path, *names: str) -> None:
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(seed))


def _rows(*both: Any) -> Callable[[Path], Path]:
    """Two rows as JSON lines beside pictures."""

    def make(folder: Path) -> Path:
        _pictures(folder, "a.png", "b.png")
        return lines(folder / "rows.jsonl", both)

    return make


def _two(row: dict[str, Any], answer: str = "answer") -> Callable[[Path], Path]:
    """A row twice, with the pictures a.png and b.png and the answers of `BOTH`."""
    return _rows(*({**row, "image": name, answer: said} for name, said in PAIRS))


def _lettered(row: dict[str, Any], choices: str = "choices", **more: Any) -> Callable[[Path], Path]:
    both = [{**row, choices: ["cat", "dog"], "answer": letter, **more} for letter in "AB"]
    return _rows({"image": "a.png", **both[0]}, {"image": "b.png", **both[1]})


def _document(value: Any, *names: str, name: str = "data.json") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        _pictures(folder, *(names or ("a.png", "b.png")))
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value, indent=1))
        return folder

    return make


def _chat(user: Any, roles: tuple[str, str, str, str], column: str, **row: Any) -> Callable[[Path], Path]:
    """Conversations, by the names of role, content, user and assistant."""
    role, content, human, gpt = roles
    both = [
        {**row, "image": name, column: [{role: human, content: user}, {role: gpt, content: said}]}
        for name, said in PAIRS
    ]
    return _rows(*both)


def _save_to_disk(folder: Path) -> Path:
    from datasets import Dataset, DatasetDict

    columns = {"image": [{"bytes": PNG, "path": "a.png"}, {"bytes": picture(1), "path": "b.png"}], "question": [Q, Q]}
    DatasetDict({"train": Dataset.from_dict({**columns, "answer": list(BOTH)})}).save_to_disk(str(folder / "set"))
    (folder / "set" / "train" / "cache-0123.arrow").write_bytes(b"\xff\xff\xff\xff rest of a cache")
    return folder / "set"


def _arrays(folder: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (3, 24, 24, 3), np.uint8)
    np.save(folder / "images.npy", pixels)
    (folder / "questions.json").write_text(json.dumps([[Q, "cat", 0], [Q, "dog", 2]]))
    return folder


def _mmbench(folder: Path) -> Path:
    encoded = [base64.b64encode(each).decode() for each in (PNG, picture(1))]
    head = "index\tquestion\thint\tA\tB\tanswer\tcategory\timage\tsource\tl2-category\tcomment\tsplit\n"
    rows = [f"{at}\t{Q}\tnan\tcat\tdog\t{'AB'[at]}\tobject\t{encoded[at]}\tx\tfine\tnan\tdev\n" for at in (0, 1)]
    (folder / "rows.tsv").write_text(head + "".join(rows))
    return folder / "rows.tsv"


def _image_folder(folder: Path) -> Path:
    _pictures(folder, "train/a.png", "train/b.png")
    (folder / "train" / "metadata.csv").write_text(f"file_name,question,answer\na.png,{Q},cat\nb.png,{Q},dog\n")
    return folder


def _struct(folder: Path) -> Path:
    """As `datasets` pushes pictures to the hub."""
    images = pa.array([{"bytes": PNG, "path": None}, {"bytes": picture(1), "path": None}], IMAGE)
    columns = {"image": images, "question": [Q, Q], "answer": list(BOTH)}
    return table(folder / "train-00000-of-00001.parquet", columns)


OLD = [{"id": str(at), "conversations": [
    {"from": "user", "value": f"Picture 1: <img>{name}</img>\n{Q}"}, {"from": "assistant", "value": said}]}
    for at, (name, said) in enumerate(PAIRS)]  # fmt: skip
PEOPLE = [[{"answer": said, "answer_confidence": "yes", "answer_id": at} for at in range(10)] for said in BOTH]
PARTS = {"type": "image_url", "value": "a.png"}, {"type": "image_url", "value": "b.png"}

FORMS: dict[str, Form] = {
    "MathVista": Form(_two({
        "pid": "1", "question": Q, "choices": None, "unit": None, "precision": 1.0, "question_type": "free_form",
        "answer_type": "text", "metadata": {"category": "general-vqa", "context": "natural image", "grade":
                                            "daily life", "img_height": 10, "language": "english", "skills":
                                            ["statistical reasoning"], "source": "X", "split": "testmini", "task":
                                            "figure question answering"},
        "query": f"Hint: Please answer the question and provide the final answer at the end.\nQuestion: {Q}"})),
    "MathVerse": Form(_two({
        "sample_index": "1", "problem_index": "1", "problem_version": "Text Dominant", "question": Q,
        "question_type": "free-form", "metadata": {"split": "testmini", "source": "X", "subject": "Plane Geometry",
                                                   "subfield": "Length"}, "query_wo": f"{Q}", "query_cot":
        f"Please reason step by step.\n{Q}", "question_for_eval": Q})),
    "MathVision": Form(_two({"id": "1", "question": f"{Q}\n<image1>", "options": [], "solution": None, "level": 2,
                             "subject": "counting"})),
    "MMMU": Form(_rows(*({"id": "validation_1", "question": f"<image 1> {Q}", "options": "['cat', 'dog']",
                          "explanation": "", "image_1": name, "image_2": None, "img_type": "['Photographs']", "answer":
                          letter, "topic_difficulty": "Easy", "question_type": "multiple-choice", "subfield": "Biology"}
                         for name, letter in (("a.png", "A"), ("b.png", "B"))))),
    "V*": Form(_two({"text": f"{Q}\nAnswer with the option's letter from the given choices directly.",
                     "category": "direct_attributes", "question_id": "0"}, answer="label")),
    "MMStar": Form(_two({"index": 1, "question": Q, "category": "coarse perception", "l2_category": "image scene",
                         "meta_info": {"source": "MMBench", "split": "val", "image_path": "images/0.jpg"}})),
    "BLINK": Form(_lettered({"idx": "val_1", "question": Q, "sub_task": "Counting", "explanation": "",
                             "prompt": f"{Q}\nSelect from the following choices.\n(A) cat\n(B) dog"})),
    "ScienceQA on the hub": Form(_rows(*({
        "image": name, "question": Q, "choices": ["cat", "dog"], "answer": at, "hint": "", "task": "closed choice",
        "grade": "grade2", "subject": "natural science", "topic": "biology", "category": "Animals", "skill":
        "Identify mammals", "lecture": "A mammal is an animal. It has hair.", "solution": "Look at the picture."}
        for at, name in enumerate(("a.png", "b.png"))))),
    "ScienceQA with its hint": Form(_rows(*({
        "image": name, "question": Q, "choices": ["cat", "dog"], "answer": at, "hint": "The box is red."}
        for at, name in enumerate(("a.png", "b.png")))), "context"),
    "ScienceQA's own files": Form(_document(
        {key: {"question": Q, "choices": ["cat", "dog"], "answer": at, "hint": "", "image": "image.png", "task":
               "closed choice", "split": "train"} for at, key in enumerate(("11", "12"))},
        "train/11/image.png", "train/12/image.png", name="problems.json")),
    "PhyX": Form(_two({"id": "1", "question": Q, "question_description": "A box stands on a table.", "options": [],
                       "image_caption": "A box.", "category": "Mechanics", "subfield": "Statics", "reasoning_type":
                       ["Spatial Relation Reasoning"]}), "context"),
    "OlympiadBench": Form(_rows(*({
        "id": 1, "question": Q, "solution": ["Look."], "final_answer": [said], "context": "A box is given.", "image_1":
        name, "image_2": None, "modality": "Multimodal", "difficulty": "Competition", "is_multiple_answer": False,
        "unit": "", "answer_type": "Text", "error": None, "question_type": "Open-ended", "subfield": "Optics",
        "subject": "Physics", "language": "English", "answer": said}
        for name, said in PAIRS)), "context"),
    "MME-RealWorld": Form(_rows(*({
        "index": at, "image": name, "question": Q, "multi-choice options": ["(A) cat", "(B) dog"], "A": "cat",
        "B": "dog", "answer": "AB"[at], "category": "Reasoning", "l2-category": "objects"}
        for at, name in enumerate(("a.png", "b.png"))))),
    "GQA's own files": Form(_document(
        {key: {"imageId": key, "question": Q, "answer": said, "fullAnswer": f"It is a {said}.", "isBalanced": True,
               "groups": {"global": None, "local": "10c-box"}, "entailed": [], "types": {"structural": "query"},
               "semantic": [{"operation": "select", "dependencies": [], "argument": "box (123)"}], "semanticStr":
               "select: box (123)"} for key, said in zip(("2405722", "2405723"), BOTH, strict=True)},
        "images/2405722.jpg", "images/2405723.jpg")),
    "TextVQA": Form(_document(
        {"dataset_type": "val", "dataset_name": "textvqa", "data": [
            {"question": Q, "image_id": key, "image_classes": ["Box"], "flickr_original_url": "https://x/y.jpg",
             "answers": [said] * 10, "question_tokens": ["what"], "question_id": 1, "set_name": "val"}
            for key, said in zip(("003a", "003b"), BOTH, strict=True)]},
        "train_images/003a.jpg", "train_images/003b.jpg")),
    "DocVQA": Form(_document(
        {"dataset_name": "docvqa", "dataset_version": "1.0", "dataset_split": "val", "data": [
            {"questionId": 1, "question": Q, "image": f"documents/{name}", "docId": 3, "ucsf_document_id": "x",
             "ucsf_document_page_no": "2", "answers": [said], "data_split": "val"}
            for name, said in PAIRS]}, "documents/a.png", "documents/b.png")),
    "InfographicVQA": Form(_document(
        {"dataset_name": "infographicVQA", "data": [
            {"questionId": 1, "question": Q, "image_local_name": name, "image_url": "https://x/a.png",
             "ocr_output_file": "a.json", "answers": [said], "data_split": "train"}
            for name, said in PAIRS]})),
    "ST-VQA": Form(_document(
        {"data": [{"file_path": name, "file_name": name, "question": Q, "answers": [said], "question_id": 1, "dataset":
                   "coco-text"} for name, said in PAIRS]})),
    "VQAv2 on the hub": Form(_rows(*({
        "question_type": "what is", "multiple_choice_answer": said, "answers": people, "image_id": 1, "answer_type":
        "other", "question_id": 1, "question": Q, "image": name}
        for name, said, people in zip(("a.png", "b.png"), BOTH, PEOPLE, strict=True)))),
    "A-OKVQA": Form(_rows(*({
        "image": name, "question_id": "x", "question": Q, "choices": ["cat", "dog"], "correct_choice_idx": at,
        "direct_answers": f"['{said}']", "difficult_direct_answer": False, "rationales": ["It has a tail."]}
        for at, (name, said) in enumerate(PAIRS)))),
    "A-OKVQA's own files": Form(_document(
        [{"split": "val", "image_id": 100 + at, "question_id": "x", "question": Q, "choices": ["cat", "dog"],
          "correct_choice_idx": at, "direct_answers": [said], "rationales": ["It has a tail."]}
         for at, said in enumerate(BOTH)], "val2017/000000000100.jpg", "val2017/000000000101.jpg")),
    "VizWiz": Form(_document([{"image": name, "question": Q, "answers": people, "answer_type": "other", "answerable": 1}
                              for name, people in zip(("a.png", "b.png"), PEOPLE, strict=True)])),
    "POPE": Form(_two({"question_id": 1, "text": Q}, answer="label")),
    "FigureQA": Form(_document(
        {"qa_pairs": [{"question_string": Q, "answer": said, "image_index": at, "question_id": 0, "color1_id": 3}
                      for at, said in enumerate(BOTH)], "total_distinct_colors": 100}, "png/0.png", "png/1.png",
        name="qa_pairs.json")),
    "PlotQA": Form(_document(
        {"qa_pairs": [{"question_string": Q, "answer": said, "image_index": at, "question_id": 0, "template":
                       "structural", "type": "bar", "answer_bbox": []} for at, said in enumerate(BOTH)]},
        "png/0.png", "png/1.png")),
    "DVQA": Form(_document([{"image": name, "question": Q, "question_id": 1, "template_id": "structure", "answer": said,
                             "answer_bbox": []} for name, said in PAIRS])),
    "CLEVR": Form(_document(
        {"info": {"license": "CC BY", "version": "1.0", "split": "train"}, "questions": [
            {"image_index": 0, "image_filename": name, "question": Q, "answer": said, "split": "train",
             "question_family_index": 2, "question_index": 0, "program": [{"function": "scene", "inputs": []}]}
            for name, said in PAIRS]})),
    "ChartQA": Form(_rows(*({"image": name, "query": Q, "label": [said], "human_or_machine": 0}
                            for name, said in PAIRS))),
    "ChartQA's own files": Form(_document([{"imgname": name, "query": Q, "label": said}
                                           for name, said in PAIRS])),
    "TallyQA": Form(_document([{"image": name, "answer": said, "data_source": "imported_genome", "question": Q,
                                "image_id": 1, "question_id": 2}
                               for name, said in PAIRS])),
    "SEED-Bench": Form(_document(
        {"question_type": {"Scene Understanding": 1}, "questions": [
            {"answer": "AB"[at], "choice_a": "cat", "choice_b": "dog", "data_id": name, "data_type": "image",
             "question": Q, "question_id": "1", "question_type_id": 1, "image": name}
            for at, name in enumerate(("a.png", "b.png"))]})),
    "Visual7W": Form(_document(
        {"dataset": "visual7w", "images": [
            {"image_id": at, "filename": name, "split": "train", "qa_pairs": [
                {"qa_id": 1, "question": Q, "answer": said, "type": "what", "image_id": at}]}
            for at, (name, said) in enumerate(PAIRS)]})),
    "SLAKE": Form(_document([{"img_id": 1, "img_name": name, "question": Q, "answer": said, "q_lang": "en", "location":
                              "Abdomen", "modality": "MRI", "answer_type": "OPEN", "base_type": "vqa", "content_type":
                              "Organ", "triple": ["vhead", "_", "_"], "qid": 0}
                             for name, said in PAIRS]), "ignore"),
    "PathVQA": Form(_struct),
    "VQA-RAD's own files": Form(_document([{"qid": 1, "phrase_type": "freeform", "image_name": name, "question": Q,
                                            "answer": said, "image_organ": "CHEST"}
                                           for name, said in PAIRS]), "ignore"),
    "MMBench": Form(_mmbench),
    "easy-VQA's own files": Form(_document([[Q, "cat", 0], [Q, "dog", 1]], "images/0.png", "images/1.png")),
    "NumPy arrays beside lists": Form(_arrays),
    "COCO's way": Form(_document(
        {"info": {"description": "x"}, "licenses": [{"name": "y"}], "images": [{"id": 7, "file_name": "a.png"},
                                                                               {"id": 8, "file_name": "b.png"}],
         "annotations": [{"id": 1, "image_id": 7 + at, "question": Q, "answer": said}
                         for at, said in enumerate(BOTH)]})),
    "by picture": Form(_document({name: [{"question": Q, "answer": said}]
                                  for name, said in PAIRS})),
    "pandas": Form(_document({"image": {"0": "a.png", "1": "b.png"}, "question": {"0": Q, "1": Q},
                              "answer": {"0": "cat", "1": "dog"}})),
    "pandas, split": Form(_document({"columns": ["image", "question", "answer"], "index": [0, 1],
                                     "data": [["a.png", Q, "cat"], ["b.png", Q, "dog"]]})),
    "datasets, saved to disk": Form(_save_to_disk),
    "imagefolder": Form(_image_folder),
    "annotations in a folder of their own": Form(_document(
        [{"image": f"images/{name}", "question": Q, "answer": said}
         for name, said in PAIRS], "images/a.png", "images/b.png",
        name="annotations/train.json")),
    "LLaVA": Form(_chat(f"<image>\n{Q}", ("from", "value", "human", "gpt"), "conversations", id="1")),
    "ShareGPT with a system column": Form(_chat(f"<image>{Q}", ("from", "value", "human", "gpt"), "conversations",
                                                system="You are a helpful assistant.")),
    "TRL": Form(_chat([{"type": "image"}, {"type": "text", "text": Q}], ("role", "content", "user", "assistant"),
                      "messages")),
    "OpenAI": Form(_chat(f"<image>{Q}", ("role", "content", "user", "assistant"), "messages")),
    "Qwen-VL, old": Form(_document(OLD)),
    "LLaMA-Factory, alpaca": Form(_rows(*({"instruction": Q, "input": "", "output": said, "images": [name]}
                                          for name, said in PAIRS))),
    "LLaMA-Factory, v1": Form(_rows(*({"messages": [
        {"role": "user", "content": [part, {"type": "text", "value": Q}]},
        {"role": "assistant", "content": [{"type": "text", "value": said}]}]}
        for part, said in zip(PARTS, BOTH, strict=True)))),
    "EasyR1": Form(_rows(*({"problem": f"<image>{Q}", "answer": said, "images": [name]}
                           for name, said in PAIRS))),
    "verl": Form(_rows(*({
        "data_source": "hiyouga/geometry3k", "prompt": [{"role": "user", "content":
        f"<image>{Q} You FIRST think about the reasoning process as an internal monologue and then provide the final "
        "answer."}],
        "images": [{"path": name}], "ability": "math", "reward_model": {"style": "rule", "ground_truth": said},
        "extra_info": {"split": "train", "index": 1, "answer": said, "question": f"<image>{Q}"}}
        for name, said in PAIRS))),
    "the Cauldron": Form(_rows(*({"images": [name], "texts": [{"user": Q, "assistant": said, "source": "x"}]}
                                 for name, said in PAIRS))),
}  # fmt: skip
