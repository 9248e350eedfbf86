"""Edits that are the same wherever an image stands, and of the size they came in, whichever pipeline makes them."""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.images.editing.edit_outcomes import EditorFailed, Failure, Refusal
from contextpairs.builders.images.editing.editor_call import Call, prepare_call
from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.editing.image_editor import Editor
from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.sources.files.guard import CATCH
from tests.builders.images.editing.tiny_editors import (
    diffusers,
    load,
    save_klein,
    save_kontext,
    save_pix2pix,
    save_qwen,
    squares,
    torch,
)

WORDS = ["make it red", "turn the square into a circle", "remove it", "add a blue one", "", "move it", "a", "b"]
KLEIN = {"max_sequence_length": 32, "text_encoder_out_layers": [1, 2, 3]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pix2pix(tmp_path_factory.mktemp("pix2pix"))


@pytest.fixture(scope="module")
def editor(folder: Path) -> Editor:
    return load(folder)


@pytest.fixture(scope="module")
def kontext(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_kontext(tmp_path_factory.mktemp("kontext"))


class Messages(logging.Handler):
    """Keeps them: the libraries' own handlers write to what was standard error before a test began."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.fixture
def messages() -> Iterator[Messages]:
    """What both libraries log."""
    handler = Messages()
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


def pixels(images: list[Any]) -> list[bytes]:
    return [image.tobytes() for image in images]


def edit_each(editor: Editor, images: list[Any]) -> list[bytes]:
    """Every image by a word and from a seed of its own, which follow from its pixels."""
    numbers = [sum(image.tobytes()) for image in images]
    return pixels(editor.edit(images, [WORDS[number % len(WORDS)] for number in numbers], numbers))


def test_edits_are_those_of_the_pipeline(folder: Path, editor: Editor) -> None:
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folder)
    images, seeds = squares(8), list(range(8))
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    expected = pipeline(WORDS, image=images, num_inference_steps=2, guidance_scale=1.0, generator=generators).images
    assert pixels(editor.edit(images, WORDS, seeds)) == pixels(expected)


@pytest.mark.parametrize("family", [save_pix2pix, save_kontext])
def test_an_edit_does_not_depend_on_place_neighbours_or_number(family: Callable[[Path], Path], tmp_path: Path) -> None:
    """A try that is made again alone, after a kill or for a check, would not be the one that was published."""
    editor = load(family(tmp_path))
    assert editor.batch == 8
    some, others = squares(8), squares(8, seed=1)
    alone = [edit_each(editor, [image])[0] for image in some]
    assert len(set(alone)) == 8
    assert edit_each(editor, some) == alone
    assert edit_each(editor, some[::-1])[::-1] == alone
    for place in range(8):
        assert edit_each(editor, [*others[:place], some[0], *others[place + 1 :]])[place] == alone[0]
    assert edit_each(editor, others + some[:3])[8:] == alone[:3]


def test_an_edit_follows_image_instruction_and_seed(editor: Editor) -> None:
    image, other = squares(2)
    edits = editor.edit([image, other, image, image], ["make it red", "make it red", "q", "make it red"], [1, 1, 1, 2])
    assert len(set(pixels(edits))) == 4
    assert editor.edit([], [], []) == []
    with pytest.raises(ValueError, match="1 images, 2 instructions, 1 seeds"):
        editor.edit([image], ["a", "b"], [1])


def test_an_edit_has_the_size_of_its_image(folder: Path, editor: Editor) -> None:
    """The pipeline alone would cut every side to a multiple of four, and fail on images of several sizes."""
    [image] = squares(1)
    images = [image.resize(size) for size in [(33, 31), (64, 64), (31, 33), (5, 50), (1, 1)]]
    edits = editor.edit(images, WORDS[:5], [0] * 5)
    assert [edit.size for edit in edits] == [image.size for image in images]
    assert {edit.mode for edit in edits} == {"RGB"}
    small = load(folder, size=16)
    assert small.fitted((33, 66)) == (8, 16)
    assert small.edit(images[:1], ["a"], [0])[0].size == (33, 31)


def test_other_modes_are_converted(editor: Editor) -> None:
    [image] = squares(1)
    grey = image.convert("L")
    assert pixels(editor.edit([grey], ["a"], [0])) == pixels(editor.edit([grey.convert("RGB")], ["a"], [0]))


@given(
    size=st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    longest=st.none() | st.integers(8, 2048),
    multiple=st.sampled_from([1, 8, 16, 32]),
    least=st.sampled_from([0, 64]),
)
def test_sizes_are_multiples_near_what_was_asked_for(
    size: tuple[int, int], longest: int | None, multiple: int, least: int
) -> None:
    least = max(least, multiple)
    fitted = Call(True, {}, frozenset(), multiple, least).fitted(size, longest)
    scale = max((longest or max(size)) / max(size), least / min(size))
    for side, found in zip(size, fitted, strict=True):
        assert found % multiple == 0
        assert found >= least // multiple * multiple
        assert math.isclose(found, side * scale, abs_tol=multiple / 2 + 1e-6) or found == multiple


def test_guidance_of_one_runs_the_model_once_a_step(folder: Path) -> None:
    """InstructPix2Pix with guidance sees every image three times: the default must not."""

    def seen(**options: Any) -> list[int]:
        rows: list[int] = []
        editor = load(folder, **options)
        unet = editor._pipeline.unet
        handle = unet.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
        editor.edit(squares(3), WORDS[:3], [0] * 3)
        handle.remove()
        return rows

    assert seen() == [8, 8]
    assert seen(guidance=7.5, image_guidance=1.5, steps=3) == [24, 24, 24]
    assert seen(guidance=None) == [24, 24]


def test_the_key_follows_all_that_shapes_pixels(folder: Path, editor: Editor, tmp_path: Path) -> None:
    def key(**options: Any) -> str:
        return load(options.pop("model", folder), **options).key

    assert len(editor.key) == 32
    copied = shutil.copytree(folder, tmp_path / "copy")
    (copied / "README.md").write_text("other")
    assert {key(), key(model=copied), key(tries=9, seed=4, threads=2)} == {editor.key}
    changed: list[dict[str, Any]] = [
        {"model": save_pix2pix(tmp_path / "other", seed=1)},
        {"dtype": "bfloat16"},
        {"steps": 3},
        {"guidance": 2.0},
        {"image_guidance": 1.0},
        {"size": 16},
        {"batch_size": 4},
        {"extra": {"eta": 0.5}},
    ]
    assert len({editor.key, *(key(**each) for each in changed)}) == len(changed) + 1
    config = copied / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.02", "0.03"))
    assert key(model=copied) != editor.key


def test_loading_and_editing_are_quiet(
    folder: Path, messages: Messages, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    """No progress bars, no complaint about the safety checker, no deprecations: nobody reads them a thousand times."""
    load(folder).edit(squares(2), WORDS[:2], [0, 1])
    assert (messages.texts, list(recwarn), *capfd.readouterr()) == ([], [], "", "")
    logging.getLogger("diffusers").warning("still heard")
    assert messages.texts == ["still heard"]


def test_half_precision_gives_images(folder: Path) -> None:
    [edit] = load(folder, dtype="bfloat16").edit(squares(1), ["a"], [0])
    assert np.asarray(edit).std() > 0


def test_kontext_keeps_the_size_and_sees_the_image_as_it_is(kontext: Path, messages: Messages) -> None:
    """It would make a megapixel of everything, and scale the image to one of its resolutions."""
    editor = load(kontext, guidance=2.5, extra={"max_sequence_length": 64})
    lengths: list[int] = []
    embedder = editor._pipeline.transformer.x_embedder
    embedder.register_forward_pre_hook(lambda _, given: lengths.append(given[0].shape[1]))
    images = [image.resize((30, 50)) for image in squares(3)]
    assert [edit.size for edit in editor.edit(images, WORDS[:3], [0] * 3)] == [(30, 50)] * 3
    assert editor.fitted((30, 50)) == (32, 48)
    assert lengths == [2 * 8 * 12] * 2
    assert messages.texts == []


def test_true_guidance_is_on_only_where_it_is_asked_for(kontext: Path) -> None:
    """Without a negative prompt the pipelines warn, or do nothing, whatever the scale."""
    images, words, seeds = squares(3), WORDS[:3], [0] * 3
    plain, guided = load(kontext), load(kontext, true_cfg=30.0)
    assert pixels(plain.edit(images, words, seeds)) != pixels(guided.edit(images, words, seeds))
    against = load(kontext, true_cfg=30.0, extra={"negative_prompt": "zz"})
    assert pixels(against.edit(images, words, seeds)) != pixels(guided.edit(images, words, seeds))


def test_klein_takes_one_image_at_a_time(tmp_path: Path) -> None:
    """A list of images is several references of one edit there."""
    folder = save_klein(tmp_path)
    editor, single = load(folder, extra=KLEIN), load(folder, extra=KLEIN, batch_size=1)
    images = [*squares(2, side=64), squares(1, side=20)[0].resize((20, 30))]
    edits = editor.edit(images, WORDS[:3], [1, 2, 3])
    assert [edit.size for edit in edits] == [image.size for image in images]
    assert pixels(edits[1:2]) == pixels(editor.edit(images[1:2], WORDS[1:2], [2]))
    assert (editor.batch, editor.key) == (1, single.key)
    assert editor.fitted((20, 30)) == (64, 96)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folder)
    alone = {**KLEIN, "num_inference_steps": 2, "guidance_scale": 1.0, "generator": torch.Generator().manual_seed(1)}
    assert pixels(edits[:1]) == pixels(pipeline(images[0], WORDS[0], **alone).images)


def test_an_image_that_a_pipeline_does_not_take_is_refused_and_the_others_are_edited(tmp_path: Path) -> None:
    editor = load(save_klein(tmp_path), extra=KLEIN)
    some = squares(2, side=64)
    first, refused, last = editor.attempt([some[0], some[1].resize((640, 64)), some[1]], WORDS[:3], [1, 2, 3])
    assert isinstance(refused, Refusal)
    assert "Aspect ratio too extreme" in refused.detail
    assert refused.reason == "editor-refused"
    assert pixels([first, last]) == pixels(editor.edit(some, [WORDS[0], WORDS[2]], [1, 3]))
    with pytest.raises(ModelError, match="image 1 gave no picture: Aspect ratio too extreme"):
        editor.edit([some[0], some[1].resize((640, 64))], WORDS[:2], [1, 2])


def refusing(editor: Editor, word: str) -> Callable[[], None]:
    """Make a pipeline refuse instructions that hold a word, whatever batch they stand in. Returns how to undo it."""
    return raising(editor, word, ValueError(f"will not {word}"))


def raising(editor: Editor, word: str, error: Exception) -> Callable[[], None]:
    """As `refusing`, with an error of one's own."""
    tokenizer, encoder = editor._pipeline.tokenizer, editor._pipeline.text_encoder
    ids = tokenizer(word).input_ids[1:-1]

    def check(_: Any, given: Any) -> None:
        if any(ids == row[at : at + len(ids)] for row in given[0].tolist() for at in range(len(row))):
            raise error

    handle = encoder.register_forward_pre_hook(check)
    return lambda: handle.remove()


def test_one_refusal_in_a_batch_costs_its_neighbours_nothing(editor: Editor) -> None:
    """The batch as a whole is refused; taken apart, the others have the pixels that they have alone."""
    images, words, seeds = squares(5), [*WORDS[:2], "explode it", *WORDS[2:4]], list(range(5))
    alone = pixels(editor.edit(images, words, seeds))
    undo = refusing(editor, "explode")
    try:
        found = editor.attempt(images, words, seeds)
        assert found[2] == Refusal("editor-refused", "will not explode")
        assert pixels([each for at, each in enumerate(found) if at != 2]) == [*alone[:2], *alone[3:]]
        every = editor.attempt(images[:3], ["explode it"] * 3, seeds[:3])
        assert every == [Refusal("editor-refused", "will not explode")] * 3
    finally:
        undo()


RAISED: dict[str, Callable[[], Exception]] = {
    "memory of the device": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    "memory": MemoryError,
    "a library of the device": lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    "a launch": lambda: RuntimeError("CUDA error: invalid configuration argument"),
    "shapes": lambda: RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
    "a bug": lambda: TypeError("unsupported operand"),
    "a file": lambda: OSError("no such file"),
}


@pytest.mark.parametrize("raised", RAISED)
def test_an_exception_is_a_failure_of_its_edit_and_no_refusal(
    raised: str, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised, its neighbours in the batch have the pixels that they have alone."""
    monkeypatch.setenv(CATCH, "on")
    images, words, seeds = squares(5), [*WORDS[:2], "explode it", *WORDS[2:4]], list(range(5))
    alone = pixels(editor.edit(images, words, seeds))
    undo = raising(editor, "explode", RAISED[raised]())
    try:
        found = editor.attempt(images, words, seeds)
    finally:
        undo()
    assert isinstance(found[2], Failure)
    assert type(RAISED[raised]()).__name__ in found[2].detail
    assert ("lower batch_size (now 8)" in found[2].detail) == raised.startswith("memory")
    assert pixels([each for at, each in enumerate(found) if at != 2]) == [*alone[:2], *alone[3:]]


def test_exceptions_are_seen_where_they_happen_when_nothing_is_caught(editor: Editor) -> None:
    undo = raising(editor, "explode", TypeError("unsupported operand"))
    try:
        with pytest.raises(TypeError, match="unsupported operand"):
            editor.attempt(squares(1), ["explode it"], [0])
    finally:
        undo()


@pytest.mark.parametrize("said", ["CUDA error: device-side assert triggered", "CUDA error: unspecified launch failure"])
def test_a_lost_device_ends_the_work_at_once(said: str, editor: Editor) -> None:
    """Every later edit would fail too, and be counted as if it were to blame."""
    undo = raising(editor, "explode", RuntimeError(said))
    try:
        with pytest.raises(EditorFailed, match=f"the device is lost, at the instruction 'explode it'.*{said}"):
            editor.attempt(squares(2), ["explode it", "a"], [0, 1])
    finally:
        undo()


class Altered:
    """A pipeline whose output is changed by a function of the pixels; everything else is as it was."""

    def __init__(self, pipeline: Any, change: Callable[[Any], Any], flags: list[bool] | None = None) -> None:
        self._pipeline, self._change, self._flags = pipeline, change, flags

    def __call__(self, **arguments: Any) -> Any:
        output = self._pipeline(**arguments)
        output.images, output.nsfw_content_detected = self._change(output.images.copy()), self._flags
        return output

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


def altered(editor: Editor, change: Callable[[Any], Any], flags: list[bool] | None = None) -> Editor:
    return replace(editor, _pipeline=Altered(editor._pipeline, change, flags))


def at_place(place: int, value: float) -> Callable[[Any], Any]:
    def change(images: Any) -> Any:
        images[place, 3, 4, 1] = value
        return images

    return change


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_pixel_that_is_no_number_costs_its_picture_alone(value: float, editor: Editor) -> None:
    """Converted to bytes it would be a spot in the picture."""
    images, seeds = squares(8), list(range(8))
    expected = pixels(editor.edit(images, WORDS, seeds))
    found = altered(editor, at_place(5, value)).attempt(images, WORDS, seeds)
    refused = found.pop(5)
    assert isinstance(refused, Refusal)
    assert refused.reason == "not-finite"
    assert "try float32" in refused.detail
    assert pixels(found) == [*expected[:5], *expected[6:]]


def test_a_picture_of_the_safety_checker_is_called_one(editor: Editor) -> None:
    """Told by the pipeline's flags; a picture that is black and not flagged is the editor's own."""

    def black(images: Any) -> Any:
        images[2:4] = 0
        return images

    flags = [at == 2 for at in range(8)]
    found = altered(editor, black, flags).attempt(squares(8), WORDS, list(range(8)))
    assert [at for at, each in enumerate(found) if isinstance(each, Refusal)] == [2]
    assert found[2] == Refusal("safety-checker", "a black picture of the pipeline's safety checker")


def test_a_real_safety_checker_is_heard(tmp_path: Path) -> None:
    """Its pictures are not the black ones of an editor that sees nothing; what it lets through is as without it."""
    images, seeds = squares(8), list(range(8))
    prudish = load(save_pix2pix(tmp_path / "prudish", threshold=-1.0)).attempt(images, WORDS, seeds)
    assert prudish == [Refusal("safety-checker", "a black picture of the pipeline's safety checker")] * 8
    lax = load(save_pix2pix(tmp_path / "lax", threshold=2.0))
    assert len({pixels([each])[0] for each in lax.edit(images, WORDS, seeds)}) == 8


def test_pictures_of_another_size_are_refused(editor: Editor) -> None:
    def cropped(images: Any) -> Any:
        return [image[:-4] if at == 1 else image for at, image in enumerate(images)]

    found = altered(editor, cropped).attempt(squares(8), WORDS, list(range(8)))
    assert [getattr(each, "reason", None) for each in found] == [None, "other-size", *[None] * 6]
    assert "(28, 32, 3), expected (32, 32, 3)" in str(found[1])


@pytest.mark.parametrize("keep", [0, 7])
def test_fewer_pictures_than_edits_are_failures(keep: int, editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows which of them is missing."""
    monkeypatch.setenv(CATCH, "on")
    found = altered(editor, lambda images: images[:keep]).attempt(squares(2), WORDS[:2], [0, 1])
    assert all(isinstance(each, Failure) for each in found)
    assert f"gave {keep} pictures for 8 edits" in str(found[0])


@pytest.mark.parametrize("plus", [False, True], ids=["edit", "edit-plus"])
def test_qwen_keeps_the_size(plus: bool, tmp_path: Path, messages: Messages) -> None:
    """It would make a megapixel of everything, and warn of each edit that it has no guidance built in."""
    folder = save_qwen(tmp_path, plus)
    messages.texts.clear()
    editor = load(folder, steps=1)
    [image] = squares(1)
    [edit] = editor.edit([image.resize((44, 30))], ["make it red"], [0])
    assert (edit.size, editor.batch) == ((44, 30), 1)
    assert editor.fitted((44, 30)) == (48, 32)
    assert messages.texts == []


def test_qwen_is_called_with_an_empty_negative_prompt_where_it_is_guided() -> None:
    def fixed(**options: Any) -> dict[str, Any]:
        return prepare_call(diffusers.QwenImageEditPipeline, EditorOptions(model="m", **options)).fixed

    assert fixed(true_cfg=4.0) == fixed() | {"true_cfg_scale": 4.0, "negative_prompt": " "}
    assert fixed()["true_cfg_scale"] == 1.0
    assert fixed(true_cfg=4.0, extra={"negative_prompt": "blurred"})["negative_prompt"] == "blurred"


def test_pixels_that_are_no_numbers_are_refused(folder: Path, tmp_path: Path) -> None:
    """Converted to bytes they would be a black image."""
    from safetensors.torch import load_file, save_file

    copied = shutil.copytree(folder, tmp_path / "copy")
    path = next((copied / "vae").glob("*.safetensors"))
    weights = load_file(path)
    weights["decoder.conv_out.bias"][0] = float("nan")
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"pixel values are not finite numbers; .*dtype float32"):
        load(copied).edit(squares(1), ["a"], [0])


def test_a_pipeline_that_fails_or_changes_the_size_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = load(folder)
    editor._call.multiple = 1
    expected = r"image 0 gave no picture: pixels of shape \(28, 28, 3\), expected \(30, 30, 3\)"
    with pytest.raises(ModelError, match=expected):
        editor.edit(squares(1, side=30), ["a"], [0])
    broken = load(folder, extra={"cross_attention_kwargs": 7})
    monkeypatch.setenv(CATCH, "on")
    with pytest.raises(ModelError, match=r"image 0 gave no picture: \w+Error: "):
        broken.edit(squares(1), ["make it red"], [0])
