"""Rows of public sets, as their own files and their cards on the hub show them; wording and pictures are our own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tests.data.sources.vqa.making import IMAGE
from tests.data.sources.vqa.named_form import Asked, NamedForm, document, encoded, held, parquet, rows, text_file

Row = dict[str, Any]
BIRD = "Which bird is it?"
ANGLE = "Find x."
TWO: tuple[Asked, ...] = ((BIRD, "owl", "a.png"), (BIRD, "crow", "b.png"))
HELD: tuple[Asked, ...] = ((BIRD, "owl", 0), (BIRD, "crow", 1))
SAID = (("a.png", "owl"), ("b.png", "crow"))
BOTH = ("owl", "crow")
IMAGES = pa.array([held(0), held(1)], IMAGE)


def twice(row: Any) -> list[Any]:
    return [row(at, name, said) for at, (name, said) in enumerate(SAID)]


def people(said: str, other: str = "") -> list[Row]:
    return [{"answer": other or said if at == 9 else said, "answer_confidence": "yes", "answer_id": at + 1}
            for at in range(10)]  # fmt: skip


def shown_at(*names: str) -> tuple[Asked, ...]:
    """Both questions with pictures at other places."""
    return tuple((BIRD, said, name) for name, said in zip(names, BOTH, strict=True))


PHOTOS: dict[str, NamedForm] = {
    "VQAv2, its own files": NamedForm(document(
        {"info": {"version": "2.0"}, "task_type": "Open-Ended", "data_type": "mscoco", "data_subtype": "train2014",
         "license": {"url": "https://x", "name": "CC"}, "questions": [
             {"image_id": at + 1, "question": BIRD, "question_id": at} for at in (0, 1)]},
        "train2014/COCO_train2014_000000000001.jpg", "train2014/COCO_train2014_000000000002.jpg",
        name="v2_OpenEnded_mscoco_train2014_questions.json",
        more={"v2_mscoco_train2014_annotations.json": {
            "info": {}, "data_type": "mscoco", "data_subtype": "train2014", "annotations": [
                {"question_type": "which", "multiple_choice_answer": said, "answers": people(said), "image_id": at + 1,
                 "answer_type": "other", "question_id": at} for at, said in enumerate(BOTH)]}}),
        shown_at("train2014/COCO_train2014_000000000001.jpg", "train2014/COCO_train2014_000000000002.jpg")),
    "OK-VQA": NamedForm(document(
        {"info": {}, "task_type": "Open-Ended", "data_type": "mscoco", "data_subtype": "val2014", "questions": [
            {"image_id": at + 1, "question": BIRD, "question_id": at} for at in (0, 1)]},
        "val2014/COCO_val2014_000000000001.jpg", "val2014/COCO_val2014_000000000002.jpg",
        name="OpenEnded_mscoco_val2014_questions.json",
        more={"mscoco_val2014_annotations.json": {
            "info": {}, "data_type": "mscoco", "data_subtype": "val2014", "annotations": [
                {"image_id": at + 1, "answer_type": "other", "question_type": "five", "question_id": at, "answers": [
                    {"raw_answer": said, "answer_confidence": "yes", "answer": said, "answer_id": n}
                    for n in range(10)], "confidence": 3} for at, said in enumerate(BOTH)]}}),
        shown_at("val2014/COCO_val2014_000000000001.jpg", "val2014/COCO_val2014_000000000002.jpg")),
    "OK-VQA on the hub": NamedForm(parquet({
        "image": IMAGES, "question_type": ["one"] * 2, "confidence": [5, 5], "answers": [[
            {"answer": said, "raw_answer": said, "answer_confidence": "yes", "answer_id": n} for n in range(10)]
            for said in BOTH], "image_id": [1, 2], "question_id": ["1", "2"], "question": [BIRD] * 2}), HELD),
    "VQAv2 on the hub": NamedForm(parquet({
        "question_type": ["which"] * 2, "multiple_choice_answer": list(BOTH), "answers": [people(s) for s in BOTH],
        "image_id": [1, 2], "answer_type": ["other"] * 2, "question_id": [1, 2], "question": [BIRD] * 2, "image":
        IMAGES}), HELD),
    "A-OKVQA": NamedForm(document(twice(lambda at, name, said: {
        "split": "train", "image_id": 299207 + at, "question_id": "22MexNkBPpdZGX6sxbxVBH", "question": BIRD,
        "choices": list(BOTH), "correct_choice_idx": at, "direct_answers": [said, said], "difficult_direct_answer":
        False, "rationales": ["It has round eyes."]}),
        "train2017/000000299207.jpg", "train2017/000000299208.jpg"),
        shown_at("train2017/000000299207.jpg", "train2017/000000299208.jpg")),
    "GQA": NamedForm(document({
        str(at): {"imageId": str(2405722 + at), "question": BIRD, "answer": said, "fullAnswer": f"It is a {said}.",
                  "isBalanced": True, "groups": {"global": "bird", "local": "06-bird"}, "entailed": [], "equivalent":
                  [str(at)], "types": {"semantic": "cat", "structural": "query", "detailed": "categoryThis"},
                  "annotations": {"answer": {"0": "4"}, "question": {"1": "4"}, "fullAnswer": {}}, "semantic": [
                      {"operation": "select", "dependencies": [], "argument": "bird (4)"}], "semanticStr":
                  "select: bird (4)"} for at, said in enumerate(BOTH)}, "2405722.jpg", "2405723.jpg",
        name="val_balanced_questions.json"), shown_at("2405722.jpg", "2405723.jpg")),
    "GQA on the hub, lmms-lab instructions": NamedForm(rows(*twice(lambda at, name, said: {
        "id": str(at), "imageId": str(10 + at), "question": BIRD, "answer": said, "fullAnswer": "It is.", "isBalanced":
        True, "groups": None, "entailed": None, "equivalent": None, "types": None, "annotations": None, "semantic":
        None, "semanticStr": None}), pictures=("images/10.jpg", "images/11.jpg")),
        shown_at("images/10.jpg", "images/11.jpg")),
    "VizWiz": NamedForm(document([
        {"image": "VizWiz_train_00000000.jpg", "question": BIRD, "answers": people("owl", "bird"), "answer_type":
         "other", "answerable": 1},
        {"image": "VizWiz_train_00000001.jpg", "question": BIRD, "answers": people("unanswerable"), "answer_type":
         "unanswerable", "answerable": 0}], "VizWiz_train_00000000.jpg", "VizWiz_train_00000001.jpg"),
        ((BIRD, "owl", "VizWiz_train_00000000.jpg"), (BIRD, "unanswerable", "VizWiz_train_00000001.jpg"))),
    "TallyQA": NamedForm(document(twice(lambda at, name, said: {
        "image": f"VG_100K/{name}", "answer": at + 2, "data_source": "imported_genome", "question": "How many birds?",
        "image_id": 9, "question_id": 3, "issimple": True}), "VG_100K/a.png", "VG_100K/b.png"),
        (("How many birds?", "2", "VG_100K/a.png"), ("How many birds?", "3", "VG_100K/b.png"))),
    "Visual7W, telling": NamedForm(document({
        "dataset": "visual7w-telling", "images": twice(lambda at, name, said: {
            "image_id": at, "filename": name, "split": "train", "qa_pairs": [
                {"qa_id": at, "question": BIRD, "answer": f"{said}.", "image_id": at, "type": "which",
                 "multiple_choices": ["A hen.", "A goose.", "A duck."]}]})}),
        tuple((BIRD, f"{said}.", name) for name, said in SAID)),
    "Visual Genome": NamedForm(document([
        {"id": at + 1, "qas": [{"a_objects": [], "question": BIRD, "image_id": at + 1, "qa_id": 986769 + at, "answer":
                                f"{said}.", "q_objects": []}]} for at, said in enumerate(BOTH)],
        "VG_100K/1.jpg", "VG_100K/2.jpg", name="question_answers.json"),
        tuple((BIRD, f"{said}.", f"VG_100K/{at + 1}.jpg") for at, said in enumerate(BOTH)), ("columns.image_id",)),
    "VSR": NamedForm(rows(*twice(lambda at, name, said: {
        "image": name, "image_link": f"http://images.cocodataset.org/{name}", "caption":
        "The bird is on top of the fence.", "label": 1 - at, "relation": "on top of", "annotator_id": 8,
        "vote_true_validator_id": [2], "vote_false_validator_id": []})),
        tuple(("The bird is on top of the fence.", str(1 - at), name) for at, (name, _) in enumerate(SAID)),
        ("columns.question", "ignore")),
    "NLVR2": NamedForm(rows({
        "identifier": "dev-850-0-0", "sentence": "There are two birds.", "left_url": "http://x/a.png", "right_url":
        "http://x/b.png", "label": "True", "images": ["a.png", "b.png"]}), (), ("columns.question",), ("several-images",)),
    "POPE": NamedForm(rows(*twice(lambda at, name, said: {
        "question_id": at, "image": name, "text": "Is there a bird in the image?", "label": ("yes", "no")[at]})),
        tuple(("Is there a bird in the image?", ("yes", "no")[at], name) for at, (name, _) in enumerate(SAID)),
        ("columns.question",)),
    "POPE on the hub": NamedForm(parquet({
        "id": ["0", "1"], "question_id": ["1", "2"], "question": ["Is there a bird in the image?"] * 2, "answer":
        ["yes", "no"], "image_source": ["COCO_val2014_1", "COCO_val2014_2"], "image": IMAGES, "category":
        ["adversarial"] * 2}), (("Is there a bird in the image?", "yes", 0), ("Is there a bird in the image?", "no", 1))),
    "MME": NamedForm(parquet({
        "question_id": ["existence/1.jpg", "existence/2.jpg"], "image": IMAGES, "question":
        ["Is there a bird in this image? Please answer yes or no."] * 2, "answer": ["Yes", "No"], "category":
        ["existence"] * 2}),
        tuple(("Is there a bird in this image? Please answer yes or no.", said, at)
              for at, said in enumerate(("Yes", "No")))),
    "SEED-Bench": NamedForm(document({"question_type": {"Instance Identity": 2}, "questions": [
        {"answer": "AB"[at], "choice_a": "owl", "choice_b": "crow", "choice_c": "hen", "choice_d": "duck", "data_id":
         name, "data_type": "image", "question": BIRD, "question_id": f"10{at}", "question_type_id": 2, "segment": None}
        for at, (name, _) in enumerate(SAID)]}), TWO, ("columns.image",)),
    "RealWorldQA": NamedForm(parquet({
        "image": IMAGES, "question": [f"{BIRD}\n\nA. owl\nB. crow\nPlease answer directly with only the letter of the "
                                      "correct option and nothing else."] * 2, "answer": ["A", "B"], "image_path":
        ["0.webp", "1.webp"]}),
        tuple((f"{BIRD}\nPlease answer directly with only the letter of the correct option and nothing else.", said, at)
              for at, said in enumerate(BOTH))),
    "CLEVR": NamedForm(document({"info": {"split": "val", "license": "CC BY 4.0", "version": "1.0", "date": "2/14/2017"},
                                 "questions": twice(lambda at, name, said: {
                                     "question_index": at, "question_family_index": 3, "image_index": at, "question":
                                     "What colour is the cube?", "answer": ("red", "blue")[at], "image_filename":
                                     f"CLEVR_val_00000{at}.png", "split": "val", "program": [
                                         {"inputs": [], "function": "scene", "value_inputs": []}]})},
                                "images/val/CLEVR_val_000000.png", "images/val/CLEVR_val_000001.png",
                                name="CLEVR_val_questions.json"),
        (("What colour is the cube?", "red", "images/val/CLEVR_val_000000.png"),
         ("What colour is the cube?", "blue", "images/val/CLEVR_val_000001.png"))),
    "ViQuAE": NamedForm(rows(*twice(lambda at, name, said: {
        "image": name, "input": BIRD, "kilt_id": "qb_1", "id": f"x{at}", "meta": {"mention": "this bird"}, "output":
        {"answer": [said], "original_answer": said.title(), "provenance": []}, "original_question": "Which?", "url":
        f"http://x/{name}", "wikidata_id": "Q1"})), TWO, ("columns.question", "ignore")),
    "Encyclopedic-VQA": NamedForm(text_file(
        "question,question_original,question_type,answer,dataset_image_ids,dataset_name,evidence,wikipedia_title\n"
        + "".join(f"{BIRD},{BIRD},automatic,{said},{at + 1},inaturalist,It has eyes.,Owl\n"
                  for at, said in enumerate(BOTH)), "1.jpg", "2.jpg", name="train.csv"),
        shown_at("1.jpg", "2.jpg"), ("columns.image_id", "ignore")),
    "COCO's way, under other names": NamedForm(document({
        "pictures": [{"pic": 7, "file": "a.png"}, {"pic": 8, "file": "b.png"}],
        "entries": [{"pic": 7 + at, "question": BIRD, "answer": said} for at, said in enumerate(BOTH)]}), TWO,
        ("columns.image_id",)),
}  # fmt: skip

PAGES: dict[str, NamedForm] = {
    "TextVQA": NamedForm(document({"dataset_type": "train", "dataset_name": "textvqa", "dataset_version": "0.5.1",
                                   "data": twice(lambda at, name, said: {
                                       "question": BIRD, "image_id": f"0054c91397f2fe0{at}", "image_classes":
                                       ["Bird"], "flickr_original_url": "https://x/y.jpg", "flickr_300k_url":
                                       "https://x/z.jpg", "image_width": 24, "image_height": 16, "answers": [said] * 10,
                                       "question_tokens": ["which", "bird"], "question_id": at, "set_name": "train"})},
                                  "train_images/0054c91397f2fe00.jpg", "train_images/0054c91397f2fe01.jpg"),
        shown_at("train_images/0054c91397f2fe00.jpg", "train_images/0054c91397f2fe01.jpg")),
    "TextVQA on the hub": NamedForm(parquet({
        "image_id": ["0", "1"], "question_id": [1, 2], "question": [BIRD] * 2, "question_tokens": [["which"]] * 2,
        "image": IMAGES, "image_width": [24, 24], "image_height": [16, 16], "flickr_original_url": ["https://x"] * 2,
        "flickr_300k_url": ["https://x"] * 2, "answers": [[said] * 10 for said in BOTH], "image_classes": [["Bird"]] * 2,
        "set_name": ["val"] * 2, "ocr_tokens": [["OWL"]] * 2}), HELD),
    "ST-VQA": NamedForm(document({"data": twice(lambda at, name, said: {
        "file_path": f"coco-text/{name}", "file_name": name, "question": BIRD, "question_id": at, "set_name": "train",
        "answers": [said], "dataset": "coco-text"})}, "coco-text/a.png", "coco-text/b.png"),
        shown_at("coco-text/a.png", "coco-text/b.png")),
    "OCR-VQA": NamedForm(document({
        f"000{at}": {"imageURL": "http://x/y.jpg", "questions": ["Who wrote this book?", "Is this a book of poems?"],
                     "answers": [said.title(), "No"], "title": "Birds", "authorName": said.title(), "genre": "Nature",
                     "split": 1} for at, said in enumerate(BOTH)}, "images/0000.jpg", "images/0001.jpg",
        name="dataset.json"),
        tuple((question, answer, f"images/000{at}.jpg") for at, said in enumerate(BOTH) for question, answer in (
            ("Who wrote this book?", said.title()), ("Is this a book of poems?", "No"))),
        ("ignore", "columns.image_id")),
    "DocVQA": NamedForm(document({"dataset_name": "docvqa", "dataset_version": "1.0", "dataset_split": "train", "data":
                                  twice(lambda at, name, said: {
                                      "questionId": at, "question": BIRD, "question_types": ["form"], "image":
                                      f"documents/{name}", "docId": 279, "ucsf_document_id": "xnbl0037",
                                      "ucsf_document_page_no": "1", "answers": [said, said.upper()], "data_split":
                                      "train"})}, "documents/a.png", "documents/b.png"),
        shown_at("documents/a.png", "documents/b.png")),
    "DocVQA on the hub": NamedForm(parquet({
        "questionId": ["1", "2"], "question": [BIRD] * 2, "question_types": [["layout"]] * 2, "image": IMAGES, "docId":
        [4, 5], "ucsf_document_id": ["a"] * 2, "ucsf_document_page_no": ["1"] * 2, "answers": [[s] for s in BOTH],
        "data_split": ["val"] * 2}), HELD),
    "InfographicVQA": NamedForm(document({"dataset_name": "infographicVQA", "data": twice(lambda at, name, said: {
        "questionId": at, "question": BIRD, "image_local_name": name, "image_url": f"https://x/{name}",
        "ocr_output_file": "a.json", "answers": [said], "data_split": "train"})}), TWO),
    "ChartQA": NamedForm(document(twice(lambda at, name, said: {"imgname": name, "query": BIRD, "label": said}),
                                  "png/a.png", "png/b.png", name="train_human.json"), shown_at("png/a.png", "png/b.png")),
    "ChartQA on the hub": NamedForm(parquet({
        "image": IMAGES, "query": [BIRD] * 2, "label": [[s] for s in BOTH], "human_or_machine": [0, 1]}), HELD),
    "PlotQA": NamedForm(document({"qa_pairs": twice(lambda at, name, said: {
        "question_string": BIRD, "answer": said, "image_index": at, "question_id": at, "template": "data_retrieval",
        "type": "vbar_categorical", "qid": 3, "answer_id": 0, "answer_bbox": {}})}, "png/0.png", "png/1.png",
        name="qa_pairs_V2.json"), shown_at("png/0.png", "png/1.png")),
    "FigureQA": NamedForm(document({"qa_pairs": twice(lambda at, name, said: {
        "question_string": "Is Red the maximum?", "answer": 1 - at, "image_index": at, "question_id": 0, "color1_name":
        "Red", "color1_id": 3, "color1_rgb": [255, 0, 0], "color2_name": "--None--", "color2_id": -1, "color2_rgb":
        [-1, -1, -1]}), "total_distinct_colors": 100}, "png/0.png", "png/1.png", name="qa_pairs.json"),
        (("Is Red the maximum?", "1", "png/0.png"), ("Is Red the maximum?", "0", "png/1.png")), ("ignore",)),
    "DVQA": NamedForm(document(twice(lambda at, name, said: {
        "image": f"bar_train_0000000{at}.png", "question": BIRD, "question_id": at, "template_id": "reasoning",
        "answer": said, "answer_bbox": []}), "images/bar_train_00000000.png", "images/bar_train_00000001.png"),
        shown_at("images/bar_train_00000000.png", "images/bar_train_00000001.png")),
    "AI2D on the hub": NamedForm(parquet({
        "question": [BIRD] * 2, "options": [[*BOTH, "hen", "duck"]] * 2, "answer": ["0", "1"], "image": IMAGES}), HELD,
        ("columns.answer_index",)),
    "AI2D, lists of questions": NamedForm(rows(*twice(lambda at, name, said: {
        "image": name, "questions": {BIRD: {"abcLabel": False, "answerTexts": list(BOTH), "correctAnswer": at,
                                            "questionId": f"{name}-0"}}})), (), left=("no-question", "no-question")),
    "WebSRC, WTQ pictures": NamedForm(text_file(
        "id\timage\tquestion\tanswer\n" + "".join(f"{at}\t{name}\t{BIRD}\t{said}\n" for at, (name, said) in
                                                  enumerate(SAID)), name="train.tsv"), TWO),
    "IconQA": NamedForm(document({
        str(at): {"question": "Which picture shows an owl?", "choices": list(BOTH), "answer": at, "ques_type":
                  "choose_txt", "grade": "grade1", "label": "X", "skills": ["sorting"]}
        for at in (0, 1)}, "0/image.png", "1/image.png", name="problems.json"), (), left=("no-image-given",) * 2),
    "IconQA on the hub": NamedForm(parquet({
        "question_id": ["1", "2"], "question": [BIRD] * 2, "choices": ["owl,crow", "owl,crow"], "answer": list(BOTH),
        "query_image": IMAGES, "choice_image_0": pa.array([None, None], IMAGE), "ques_type": ["fill_in_blank"] * 2,
        "label": ["S2.A"] * 2, "grade": ["prek"] * 2, "skills": [["sorting"]] * 2}), HELD, ("columns.image", "ignore")),
    "TabMWP": NamedForm(document({
        str(at): {"question": "How many owls?", "choices": None, "answer": str(at + 5), "unit": None, "table_title":
                  "Birds", "table": "Bird | Number\nOwl | 5", "table_for_pd": {"Bird": ["Owl"], "Number": ["5"]},
                  "row_num": 2, "column_num": 2, "solution": "Look.", "ques_type": "free_text", "ans_type":
                  "integer_number", "grade": 2, "split": "train", "image": f"tables/{at}.png"} for at in (0, 1)},
        "tables/0.png", "tables/1.png"),
        (("How many owls?", "5", "tables/0.png"), ("How many owls?", "6", "tables/1.png")), ("ignore",)),
}  # fmt: skip

SCIENCE: dict[str, NamedForm] = {
    "MathVista": NamedForm(parquet({
        "pid": ["1", "2"], "question": [BIRD] * 2, "image": ["images/1.jpg", "images/2.jpg"], "decoded_image": IMAGES,
        "choices": [None, None], "unit": [None, None], "precision": [1.0, 1.0], "answer": list(BOTH), "question_type":
        ["free_form"] * 2, "answer_type": ["text"] * 2, "metadata": [
            {"category": "general-vqa", "context": "natural image", "grade": "daily life", "img_height": 16, "img_width":
             24, "language": "english", "skills": ["statistical reasoning"], "source": "X", "split": "testmini", "task":
             "visual question answering"}] * 2, "query": [
            f"Hint: Please answer the question and provide the final answer at the end.\nQuestion: {BIRD}"] * 2}), HELD),
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
    "GeoQA+, UniGeo": NamedForm(rows(*twice(lambda at, name, said: {
        "id": at, "image": name, "subject": "As shown, AB is 5.", "choices": ["65°", "55°"], "label": at, "question":
        ANGLE, "target_number": 65})),
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
        f"v1_{at}": {"imagename": f"v1_{at}.png", "question": BIRD, "answer": said, "imagesource": "https://x", "capability":
                     ["rec"]} for at, said in enumerate(BOTH)}, "v1_0.png", "v1_1.png", name="mm-vet.json"),
        shown_at("v1_0.png", "v1_1.png")),
    "PMC-VQA": NamedForm(text_file(
        "Figure_path,Question,Answer,Choice A,Choice B,Choice C,Choice D,Answer_label\n" + "".join(
            f"{name},{BIRD},{said}, A: owl , B: crow , C: hen , D: duck ,{'AB'[at]}\n" for at, (name, said) in
            enumerate(SAID)), "a.png", "b.png", name="train.csv"), TWO, ("columns.image",)),
    "PathVQA": NamedForm(parquet({"image": IMAGES, "question": [BIRD] * 2, "answer": list(BOTH)}), HELD),
    "SLAKE": NamedForm(document(twice(lambda at, name, said: {
        "img_id": at, "img_name": f"xmlab{at}/source.jpg", "question": BIRD, "answer": said, "q_lang": "en", "location":
        "Lung", "modality": "X-Ray", "answer_type": "OPEN", "base_type": "vqa", "content_type": "Organ", "triple":
        ["vhead", "_", "_"], "qid": at}), "imgs/xmlab0/source.jpg", "imgs/xmlab1/source.jpg"),
        shown_at("imgs/xmlab0/source.jpg", "imgs/xmlab1/source.jpg"), ("ignore",)),
    "VQA-RAD": NamedForm(document(twice(lambda at, name, said: {
        "qid": str(at), "phrase_type": "freeform", "qid_linked_id": "03f4", "image_case_url": "https://x/1",
        "image_name": name, "image_organ": "HEAD", "evaluation": "not evaluated", "question": BIRD, "question_rephrase":
        "NULL", "question_relation": "NULL", "question_frame": "NULL", "question_type": "PRES", "answer": said,
        "answer_type": "OPEN"})), TWO, ("ignore",)),
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
SET_FORMS = {**PHOTOS, **PAGES, **SCIENCE}
