"""Rows of sets of exams, of mathematics and of medicine, as their own files and their cards on the hub show them."""

from __future__ import annotations

import pyarrow as pa

from tests.data.sources.vqa.making import IMAGE
from tests.data.sources.vqa.named_form import NamedForm, document, encoded, held, parquet, rows, text_file
from tests.data.sources.vqa.set_forms import BIRD, BOTH, HELD, IMAGES, SAID, TWO, shown_at

ANGLE = "Find x."
EXAM_FORMS: dict[str, NamedForm] = {
    "MathVista": NamedForm(parquet({
        "pid": ["1", "2"], "question": [BIRD] * 2, "image": ["images/1.jpg", "images/2.jpg"], "decoded_image": IMAGES,
        "choices": [None, None], "unit": [None, None], "precision": [1.0, 1.0], "answer": list(BOTH), "question_type":
        ["free_form"] * 2, "answer_type": ["text"] * 2, "metadata": [
            {"category": "general-vqa", "context": "natural image", "grade": "daily life", "img_height": 16,
                "img_width":
             24, "language": "english", "skills": ["statistical reasoning"], "source": "X", "split": "testmini", "task":
             "visual question answering"}] * 2, "query": [
            f"Hint: Please answer the question and provide the final answer at the end.\nQuestion: {BIRD}"] * 2}),
                HELD),
    "MathVista, with a unit": NamedForm(parquet({
        "pid": ["1"], "question": ["How long is AB?"], "decoded_image": pa.array([held(0)], IMAGE), "unit": ["cm"],
        "answer": ["5"], "query": ["How long is AB?"]}), (("cm\nHow long is AB?", "5", 0),), ("columns.context",)),
    "MathVerse": NamedForm(parquet({
        "sample_index": ["1", "2"], "problem_index": ["1", "2"], "problem_version": ["Text Dominant"] * 2, "question":
        [f"{ANGLE}\nChoices:\nA:65°\nB:55°"] * 2, "image": IMAGES, "answer": ["A", "B"], "question_type":
        ["multi-choice"] * 2, "metadata": [{"split": "testmini", "source": "X", "subject": "Plane Geometry",
                                            "subfield": "Angle"}] * 2, "query_wo": [
            f"Please directly answer the question and provide the correct option letter, e.g., A, B, C, D.\n{ANGLE}\n"
            "Choices:\nA:65°\nB:55°"] * 2, "question_for_eval": [f"{ANGLE}\nChoices:\nA:65°\nB:55°"] * 2}),
        ((ANGLE, "65°", 0), (ANGLE, "55°", 1))),
    "Geometry3K, its own files": NamedForm(document({
        "id": 0, "problem_text": ANGLE, "annotat_text": ANGLE, "choices": ["2.0", "4.5"], "precise_value": [2.0, 4.5],
        "text_logic_form": ["Find(x)"], "answer": "A", "diagram_logic_form": [], "problem_type_graph": ["Triangle"],
        "data_type": "train"}, "img_diagram.png"), (), left=("unknown-format",)),
    "Geometry3K on the hub": NamedForm(parquet({
        "images": pa.array([[held(0)], [held(1)]], pa.list_(IMAGE)), "problem": [f"<image>{ANGLE}"] * 2, "answer":
        ["3", "2 \\sqrt { 221 }"]}), ((ANGLE, "3", 0), (ANGLE, "2 \\sqrt { 221 }", 1))),
    "GeoQA+, UniGeo": NamedForm(rows(*[{
        "id": at, "image": name, "subject": "As shown, AB is 5.", "choices": ["65°", "55°"], "label": at, "question":
        ANGLE, "target_number": 65} for at, (name, said) in enumerate(SAID)]),
        tuple((f"As shown, AB is 5.\n{ANGLE}", said, name) for said, name in (("65°", "a.png"), ("55°", "b.png"))),
        ("columns.context",)),
    "MATH-V": NamedForm(parquet({
        "id": ["1", "2"], "question": [f"{BIRD}\n<image1>"] * 2, "options": [[], []], "image": ["images/1.jpg"] * 2,
        "decoded_image": IMAGES, "answer": list(BOTH), "solution": [None, None], "level": [2, 3], "subject":
        ["counting"] * 2}), HELD),
    "We-Math": NamedForm(parquet({
        "ID": ["1", "2"], "split": ["testmini"] * 2, "knowledge concept": ["Perimeter"] * 2, "question": [BIRD] * 2,
        "option": ["A. owl; B. crow"] * 2, "answer": ["A", "B"], "image_path": IMAGES, "key": ["one_step"] * 2}),
        HELD),
    "ScienceQA": NamedForm(document({
        str(at + 1): {"question": BIRD, "choices": list(BOTH), "answer": at, "hint": "", "image": "image.png", "task":
                      "closed choice", "grade": "grade2", "subject": "natural science", "topic": "biology", "category":
                      "Animals", "skill": "Identify birds", "lecture": "Birds have feathers.", "solution": "Look.",
                      "split": "train"} for at in (0, 1)}, "train/1/image.png", "train/2/image.png",
        name="problems.json"), shown_at("train/1/image.png", "train/2/image.png")),
    "ScienceQA on the hub, with hints": NamedForm(parquet({
        "image": IMAGES, "question": [BIRD] * 2, "choices": [list(BOTH)] * 2, "answer": [0, 1], "hint":
        ["It hunts by night."] * 2, "task": ["closed choice"] * 2, "grade": ["grade2"] * 2, "subject":
        ["natural science"] * 2, "topic": ["biology"] * 2, "category": ["Animals"] * 2, "skill": ["Identify"] * 2,
        "lecture": [""] * 2, "solution": ["Look."] * 2}),
        tuple((f"It hunts by night.\n{BIRD}", said, at) for at, said in enumerate(BOTH)), ("columns.context",)),
    "MMMU": NamedForm(parquet({
        "id": ["validation_Art_1", "validation_Art_2"], "question": [f"{BIRD} <image 1>"] * 2, "options":
        ["['owl', 'crow']"] * 2, "explanation": [""] * 2, "image_1": IMAGES, "image_2": pa.array([None, None], IMAGE),
        "img_type": ["['Paintings']"] * 2, "answer": ["A", "B"], "topic_difficulty": ["Easy"] * 2, "question_type":
        ["multiple-choice"] * 2, "subfield": ["Drawing"] * 2}), HELD),
    "MMMU-Pro, vision": NamedForm(parquet({
        "id": ["test_Art_1"], "image": pa.array([held(0)], IMAGE), "options": ["['owl', 'crow']"], "answer": ["A"],
        "subject": ["Art"]}), (), left=("unknown-format",)),
    "MMBench": NamedForm(text_file(
        "index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tsource\tl2-category\tcomment\tsplit\n" + "".join(
            f"{at}\t{BIRD}\tnan\towl\tcrow\tnan\tnan\t{'AB'[at]}\tidentity\t{encoded(at)}\tx\tfine\tnan\tdev\n"
            for at in (0, 1)), name="mmbench_dev_en.tsv"), HELD),
    "MMBench, with hints": NamedForm(text_file(
        "index\tquestion\thint\tA\tB\tanswer\tcategory\timage\n" + "".join(
            f"{at}\t{BIRD}\tIt hunts by night.\towl\tcrow\t{'AB'[at]}\tidentity\t{encoded(at)}\n" for at in (0, 1)),
        name="mmbench_dev_en.tsv"),
        tuple((f"It hunts by night.\n{BIRD}", said, at) for at, said in enumerate(BOTH)), ("columns.context",)),
    "MMStar": NamedForm(parquet({
        "index": [0, 1], "question": [f"{BIRD}\nOptions: A: owl, B: crow"] * 2, "image": IMAGES, "answer": ["A", "B"],
        "category": ["fine-grained perception"] * 2, "l2_category": ["recognition"] * 2, "meta_info": [
            {"source": "MMBench", "split": "val", "image_path": "images/0.jpg"}] * 2}), HELD),
    "MMT-Bench, MMVet": NamedForm(document({
        f"v1_{at}": {"imagename": f"v1_{at}.png", "question": BIRD, "answer": said, "imagesource": "https://x",
            "capability":
                     ["rec"]} for at, said in enumerate(BOTH)}, "v1_0.png", "v1_1.png", name="mm-vet.json"),
        shown_at("v1_0.png", "v1_1.png")),
    "PMC-VQA": NamedForm(text_file(
        "Figure_path,Question,Answer,Choice A,Choice B,Choice C,Choice D,Answer_label\n" + "".join(
            f"{name},{BIRD},{said}, A: owl , B: crow , C: hen , D: duck ,{'AB'[at]}\n" for at, (name, said) in
            enumerate(SAID)), "a.png", "b.png", name="train.csv"), TWO, ("columns.image",)),
    "PathVQA": NamedForm(parquet({"image": IMAGES, "question": [BIRD] * 2, "answer": list(BOTH)}), HELD),
    "SLAKE": NamedForm(document([{
        "img_id": at, "img_name": f"xmlab{at}/source.jpg", "question": BIRD, "answer": said, "q_lang": "en", "location":
        "Lung", "modality": "X-Ray", "answer_type": "OPEN", "base_type": "vqa", "content_type": "Organ", "triple":
        ["vhead", "_", "_"], "qid": at} for at, (name, said) in enumerate(SAID)], "imgs/xmlab0/source.jpg",
            "imgs/xmlab1/source.jpg"),
        shown_at("imgs/xmlab0/source.jpg", "imgs/xmlab1/source.jpg"), ("ignore",)),
    "VQA-RAD": NamedForm(document([{
        "qid": str(at), "phrase_type": "freeform", "qid_linked_id": "03f4", "image_case_url": "https://x/1",
        "image_name": name, "image_organ": "HEAD", "evaluation": "not evaluated", "question": BIRD, "question_rephrase":
        "NULL", "question_relation": "NULL", "question_frame": "NULL", "question_type": "PRES", "answer": said,
        "answer_type": "OPEN"} for at, (name, said) in enumerate(SAID)]), TWO, ("ignore",)),
    "VQA-RAD on the hub": NamedForm(parquet({"image": IMAGES, "question": [BIRD] * 2, "answer": list(BOTH)}), HELD),
    "CharXiv": NamedForm(document({
        str(at): {"figure_id": at, "query": BIRD, "answer": said, "reasoning_q_source": 1, "inst_category": 2}
        for at, said in enumerate(BOTH)}, "images/0.jpg", "images/1.jpg", name="reasoning_val.json"),
        shown_at("images/0.jpg", "images/1.jpg"), ("columns.image_id",)),
    "MMEvalPro, M3CoT": NamedForm(parquet({
        "id": ["physical-1", "physical-2"], "category": ["x"] * 2, "image_id": ["a", "b"], "question": [BIRD] * 2,
        "choices": [list(BOTH)] * 2, "context": ["", ""], "answer": ["A", "B"], "rationale": ["Look."] * 2, "split":
        ["train"] * 2, "image": IMAGES, "domain": ["science"] * 2, "topic": ["birds"] * 2}), HELD),
}  # fmt: skip
