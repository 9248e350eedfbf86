"""Rows of public sets, as their own files and their cards on the hub show them; wording and pictures are our own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tests.data.sources.vqa.making import IMAGE
from tests.data.sources.vqa.named_form import Asked, NamedForm, document, held, parquet, rows, text_file

Row = dict[str, Any]
BIRD = "Which bird is it?"
TWO: tuple[Asked, ...] = ((BIRD, "owl", "a.png"), (BIRD, "crow", "b.png"))
HELD: tuple[Asked, ...] = ((BIRD, "owl", 0), (BIRD, "crow", 1))
SAID = (("a.png", "owl"), ("b.png", "crow"))
BOTH = ("owl", "crow")
IMAGES = pa.array([held(0), held(1)], IMAGE)


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
    "A-OKVQA": NamedForm(document([{
        "split": "train", "image_id": 299207 + at, "question_id": "22MexNkBPpdZGX6sxbxVBH", "question": BIRD,
        "choices": list(BOTH), "correct_choice_idx": at, "direct_answers": [said, said], "difficult_direct_answer":
        False, "rationales": ["It has round eyes."]} for at, (name, said) in enumerate(SAID)],
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
    "GQA on the hub, lmms-lab instructions": NamedForm(rows(*[{
        "id": str(at), "imageId": str(10 + at), "question": BIRD, "answer": said, "fullAnswer": "It is.", "isBalanced":
        True, "groups": None, "entailed": None, "equivalent": None, "types": None, "annotations": None, "semantic":
        None, "semanticStr": None} for at, (name, said) in enumerate(SAID)], pictures=("images/10.jpg",
            "images/11.jpg")),
        shown_at("images/10.jpg", "images/11.jpg")),
    "VizWiz": NamedForm(document([
        {"image": "VizWiz_train_00000000.jpg", "question": BIRD, "answers": people("owl", "bird"), "answer_type":
         "other", "answerable": 1},
        {"image": "VizWiz_train_00000001.jpg", "question": BIRD, "answers": people("unanswerable"), "answer_type":
         "unanswerable", "answerable": 0}], "VizWiz_train_00000000.jpg", "VizWiz_train_00000001.jpg"),
        ((BIRD, "owl", "VizWiz_train_00000000.jpg"), (BIRD, "unanswerable", "VizWiz_train_00000001.jpg"))),
    "TallyQA": NamedForm(document([{
        "image": f"VG_100K/{name}", "answer": at + 2, "data_source": "imported_genome", "question": "How many birds?",
        "image_id": 9, "question_id": 3, "issimple": True} for at, (name, said) in enumerate(SAID)], "VG_100K/a.png",
            "VG_100K/b.png"),
        (("How many birds?", "2", "VG_100K/a.png"), ("How many birds?", "3", "VG_100K/b.png"))),
    "Visual7W, telling": NamedForm(document({
        "dataset": "visual7w-telling", "images": [{
            "image_id": at, "filename": name, "split": "train", "qa_pairs": [
                {"qa_id": at, "question": BIRD, "answer": f"{said}.", "image_id": at, "type": "which",
                 "multiple_choices": ["A hen.", "A goose.", "A duck."]}]} for at, (name, said) in enumerate(SAID)]}),
        tuple((BIRD, f"{said}.", name) for name, said in SAID)),
    "Visual Genome": NamedForm(document([
        {"id": at + 1, "qas": [{"a_objects": [], "question": BIRD, "image_id": at + 1, "qa_id": 986769 + at, "answer":
                                f"{said}.", "q_objects": []}]} for at, said in enumerate(BOTH)],
        "VG_100K/1.jpg", "VG_100K/2.jpg", name="question_answers.json"),
        tuple((BIRD, f"{said}.", f"VG_100K/{at + 1}.jpg") for at, said in enumerate(BOTH)), ("columns.image_id",)),
    "VSR": NamedForm(rows(*[{
        "image": name, "image_link": f"http://images.cocodataset.org/{name}", "caption":
        "The bird is on top of the fence.", "label": 1 - at, "relation": "on top of", "annotator_id": 8,
        "vote_true_validator_id": [2], "vote_false_validator_id": []} for at, (name, said) in enumerate(SAID)]),
        tuple(("The bird is on top of the fence.", str(1 - at), name) for at, (name, _) in enumerate(SAID)),
        ("columns.question", "ignore")),
    "NLVR2": NamedForm(rows({
        "identifier": "dev-850-0-0", "sentence": "There are two birds.", "left_url": "http://x/a.png", "right_url":
        "http://x/b.png", "label": "True", "images": ["a.png", "b.png"]}), (), ("columns.question",),
            ("several-images",)),
    "POPE": NamedForm(rows(*[{
        "question_id": at, "image": name, "text": "Is there a bird in the image?", "label": ("yes", "no")[at]} for at,
            (name, said) in enumerate(SAID)]),
        tuple(("Is there a bird in the image?", ("yes", "no")[at], name) for at, (name, _) in enumerate(SAID)),
        ("columns.question",)),
    "POPE on the hub": NamedForm(parquet({
        "id": ["0", "1"], "question_id": ["1", "2"], "question": ["Is there a bird in the image?"] * 2, "answer":
        ["yes", "no"], "image_source": ["COCO_val2014_1", "COCO_val2014_2"], "image": IMAGES, "category":
        ["adversarial"] * 2}), (("Is there a bird in the image?", "yes", 0), ("Is there a bird in the image?", "no",
            1))),
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
    "CLEVR": NamedForm(document({"info": {"split": "val", "license": "CC BY 4.0", "version": "1.0",
        "date": "2/14/2017"},
                                 "questions": [{
                                     "question_index": at, "question_family_index": 3, "image_index": at, "question":
                                     "What colour is the cube?", "answer": ("red", "blue")[at], "image_filename":
                                     f"CLEVR_val_00000{at}.png", "split": "val", "program": [
                                         {"inputs": [], "function": "scene", "value_inputs": []}]} for at, (name,
                                             said) in enumerate(SAID)]},
                                "images/val/CLEVR_val_000000.png", "images/val/CLEVR_val_000001.png",
                                name="CLEVR_val_questions.json"),
        (("What colour is the cube?", "red", "images/val/CLEVR_val_000000.png"),
         ("What colour is the cube?", "blue", "images/val/CLEVR_val_000001.png"))),
    "ViQuAE": NamedForm(rows(*[{
        "image": name, "input": BIRD, "kilt_id": "qb_1", "id": f"x{at}", "meta": {"mention": "this bird"}, "output":
        {"answer": [said], "original_answer": said.title(), "provenance": []}, "original_question": "Which?", "url":
        f"http://x/{name}", "wikidata_id": "Q1"} for at, (name, said) in enumerate(SAID)]), TWO, ("columns.question",
            "ignore")),
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
                                   "data": [{
                                       "question": BIRD, "image_id": f"0054c91397f2fe0{at}", "image_classes":
                                       ["Bird"], "flickr_original_url": "https://x/y.jpg", "flickr_300k_url":
                                       "https://x/z.jpg", "image_width": 24, "image_height": 16, "answers": [said] * 10,
                                       "question_tokens": ["which", "bird"], "question_id": at, "set_name": "train"}
                                           for at, (name, said) in enumerate(SAID)]},
                                  "train_images/0054c91397f2fe00.jpg", "train_images/0054c91397f2fe01.jpg"),
        shown_at("train_images/0054c91397f2fe00.jpg", "train_images/0054c91397f2fe01.jpg")),
    "TextVQA on the hub": NamedForm(parquet({
        "image_id": ["0", "1"], "question_id": [1, 2], "question": [BIRD] * 2, "question_tokens": [["which"]] * 2,
        "image": IMAGES, "image_width": [24, 24], "image_height": [16, 16], "flickr_original_url": ["https://x"] * 2,
        "flickr_300k_url": ["https://x"] * 2, "answers": [[said] * 10 for said in BOTH],
            "image_classes": [["Bird"]] * 2,
        "set_name": ["val"] * 2, "ocr_tokens": [["OWL"]] * 2}), HELD),
    "ST-VQA": NamedForm(document({"data": [{
        "file_path": f"coco-text/{name}", "file_name": name, "question": BIRD, "question_id": at, "set_name": "train",
        "answers": [said], "dataset": "coco-text"} for at, (name, said) in enumerate(SAID)]}, "coco-text/a.png",
            "coco-text/b.png"),
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
                                  [{
                                      "questionId": at, "question": BIRD, "question_types": ["form"], "image":
                                      f"documents/{name}", "docId": 279, "ucsf_document_id": "xnbl0037",
                                      "ucsf_document_page_no": "1", "answers": [said, said.upper()], "data_split":
                                      "train"} for at, (name, said) in enumerate(SAID)]}, "documents/a.png",
                                          "documents/b.png"),
        shown_at("documents/a.png", "documents/b.png")),
    "DocVQA on the hub": NamedForm(parquet({
        "questionId": ["1", "2"], "question": [BIRD] * 2, "question_types": [["layout"]] * 2, "image": IMAGES, "docId":
        [4, 5], "ucsf_document_id": ["a"] * 2, "ucsf_document_page_no": ["1"] * 2, "answers": [[s] for s in BOTH],
        "data_split": ["val"] * 2}), HELD),
    "InfographicVQA": NamedForm(document({"dataset_name": "infographicVQA", "data": [{
        "questionId": at, "question": BIRD, "image_local_name": name, "image_url": f"https://x/{name}",
        "ocr_output_file": "a.json", "answers": [said], "data_split": "train"} for at, (name,
            said) in enumerate(SAID)]}), TWO),
    "ChartQA": NamedForm(document([{"imgname": name, "query": BIRD, "label": said} for at, (name,
        said) in enumerate(SAID)],
                                  "png/a.png", "png/b.png", name="train_human.json"), shown_at("png/a.png",
                                      "png/b.png")),
    "ChartQA on the hub": NamedForm(parquet({
        "image": IMAGES, "query": [BIRD] * 2, "label": [[s] for s in BOTH], "human_or_machine": [0, 1]}), HELD),
    "PlotQA": NamedForm(document({"qa_pairs": [{
        "question_string": BIRD, "answer": said, "image_index": at, "question_id": at, "template": "data_retrieval",
        "type": "vbar_categorical", "qid": 3, "answer_id": 0, "answer_bbox": {}} for at, (name,
            said) in enumerate(SAID)]}, "png/0.png", "png/1.png",
        name="qa_pairs_V2.json"), shown_at("png/0.png", "png/1.png")),
    "FigureQA": NamedForm(document({"qa_pairs": [{
        "question_string": "Is Red the maximum?", "answer": 1 - at, "image_index": at, "question_id": 0, "color1_name":
        "Red", "color1_id": 3, "color1_rgb": [255, 0, 0], "color2_name": "--None--", "color2_id": -1, "color2_rgb":
        [-1, -1, -1]} for at, (name, said) in enumerate(SAID)], "total_distinct_colors": 100}, "png/0.png", "png/1.png",
            name="qa_pairs.json"),
        (("Is Red the maximum?", "1", "png/0.png"), ("Is Red the maximum?", "0", "png/1.png")), ("ignore",)),
    "DVQA": NamedForm(document([{
        "image": f"bar_train_0000000{at}.png", "question": BIRD, "question_id": at, "template_id": "reasoning",
        "answer": said, "answer_bbox": []} for at, (name, said) in enumerate(SAID)], "images/bar_train_00000000.png",
            "images/bar_train_00000001.png"),
        shown_at("images/bar_train_00000000.png", "images/bar_train_00000001.png")),
    "AI2D on the hub": NamedForm(parquet({
        "question": [BIRD] * 2, "options": [[*BOTH, "hen", "duck"]] * 2, "answer": ["0", "1"], "image": IMAGES}), HELD,
        ("columns.answer_index",)),
    "AI2D, lists of questions": NamedForm(rows(*[{
        "image": name, "questions": {BIRD: {"abcLabel": False, "answerTexts": list(BOTH), "correctAnswer": at,
                                            "questionId": f"{name}-0"}}} for at, (name, said) in enumerate(SAID)]), (),
                                                left=("no-question", "no-question")),
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
SET_FORMS = {**PHOTOS, **PAGES}
