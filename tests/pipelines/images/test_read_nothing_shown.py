"""Pictures that show nothing, and pictures that show more than one frame, are no evidence."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.pipelines.images.read_stage import ImagesPayload, images_partition
from contextpairs.pipelines.run.engine import Output, Work, run
from tests.data.imaging.photo_like import photo

BLACK, RED = (0, 0, 0), (200, 20, 20)


def saved(*frames: Image.Image, form: str = "PNG") -> bytes:
    file = BytesIO()
    frames[0].save(file, form, save_all=len(frames) > 1, append_images=list(frames[1:]))
    return file.getvalue()


def read(folder: Path, name: str, content: bytes, **options: object) -> Output:
    (folder / name).write_bytes(content)
    (folder / "qa.jsonl").write_text(json.dumps({"image": name, "question": "How many cats?", "answer": "3"}))
    [partition], _ = plan_vqa([str(folder / "qa.jsonl")], VqaOptions.model_validate(options))
    return run(Work(images_partition, ImagesPayload(partition, ImageLimits()), str(options), str(folder / "work")))


EMPTY = {
    "one pixel": saved(Image.new("RGB", (1, 1), RED)),
    "one colour": saved(Image.new("RGB", (90, 60), RED)),
    "nothing but alpha": saved(Image.merge("RGBA", (*photo(1).split(), Image.new("L", photo(1).size, 0)))),
    "grey of one level": saved(Image.new("L", (40, 40), 128)),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_picture_of_nothing_is_blank_unless_it_is_rendered(kind: str, tmp_path: Path) -> None:
    made = read(tmp_path, "a.png", EMPTY[kind])
    assert (made.rows, made.reasons) == (0, {"images/blank": 1})
    assert read(tmp_path, "a.png", EMPTY[kind], rendered=True).rows == 1


@pytest.mark.parametrize(("form", "name"), [("GIF", "a.gif"), ("WEBP", "a.webp"), ("PNG", "a.png")])
def test_an_animation_that_changes_is_set_aside_unless_its_first_frame_is_meant(
    form: str, name: str, tmp_path: Path
) -> None:
    moving = saved(photo(1), photo(2), form=form)
    assert read(tmp_path, name, moving).reasons == {"images/animated": 1}
    assert read(tmp_path, name, moving, rendered=True).reasons == {"images/animated": 1}
    assert read(tmp_path, name, moving, frame="first").rows == 1


def test_an_animation_that_does_not_change_is_a_picture(tmp_path: Path) -> None:
    assert read(tmp_path, "a.webp", saved(photo(1), photo(1), form="WEBP")).rows == 1


def test_an_empty_first_frame_is_no_evidence_either(tmp_path: Path) -> None:
    late = saved(Image.new("RGB", (320, 240), BLACK), photo(2), form="GIF")
    assert read(tmp_path, "a.gif", late).reasons == {"images/animated": 1}
    assert read(tmp_path, "a.gif", late, frame="first").reasons == {"images/blank": 1}
