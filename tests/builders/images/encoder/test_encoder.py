"""Vectors that say the same wherever an image stands, models that are whole or refused, a cache that loses little."""

from __future__ import annotations

import json
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, embed, load_encoder
from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.builders.images.encoder.vector_cache import (
    VectorsMissingError,
    load_vectors,
    missing,
    write_segment,
    write_segments,
)
from contextpairs.builders.images.encoder.vector_faults import share_alike, vector_faults
from tests.builders.images.encoder.tiny_clip import as_png, from_png, open_clip, pictures, save_model, torch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return load_encoder(EmbeddingOptions(model=str(folder), device="cpu", batch_size=8))


def files(count: int) -> list[tuple[str, bytes]]:
    return [(f"{place:064x}", as_png(picture)) for place, picture in enumerate(pictures(count))]


def test_vectors_are_those_of_open_clip(folder: Path, encoder: Encoder) -> None:
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    some = pictures(8)
    with torch.inference_mode():
        expected = model.eval().encode_image(torch.stack([transform(each) for each in some]), normalize=True).numpy()
    np.testing.assert_array_equal(encoder.images(some), expected)
    assert encoder.dimension == expected.shape[1]


def test_a_vector_does_not_depend_on_place_neighbours_or_number(encoder: Encoder) -> None:
    """Batches of several shapes round differently: the last batch of a run would not be reproducible."""
    some, others = pictures(8), pictures(8, seed=1)
    alone = np.concatenate([encoder.images([each]) for each in some])
    np.testing.assert_array_equal(encoder.images(some), alone)
    np.testing.assert_array_equal(encoder.images(some[::-1])[::-1], alone)
    for place in range(8):
        mixed = [*others[:place], some[0], *others[place + 1 :]]
        np.testing.assert_array_equal(encoder.images(mixed)[place], alone[0])
    np.testing.assert_array_equal(encoder.images(others + some[:3])[8:], alone[:3])


def test_vectors_of_texts(encoder: Encoder) -> None:
    texts = ["a red circle", "two blue squares", "a red circle"]
    vectors = encoder.texts(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_array_equal(encoder.texts(texts[1:2])[0], vectors[1])
    assert encoder.texts([]).shape == encoder.images([]).shape == (0, encoder.dimension)


def test_embed_keeps_the_order_and_the_vectors(encoder: Encoder) -> None:
    items = files(21)
    batches = list(embed(encoder, items, from_png))
    assert [name for ids, _ in batches for name in ids] == [name for name, _ in items]
    expected = encoder.images([from_png(content) for _, content in items]).astype(np.float16)
    np.testing.assert_array_equal(np.concatenate([vectors for _, vectors in batches]), expected)
    assert list(embed(encoder, [], from_png)) == []


def test_decoding_runs_ahead_but_not_far(encoder: Encoder) -> None:
    """Without a bound a fast disk would fill the memory with pictures."""
    read = 0

    def counted() -> Iterator[tuple[str, bytes]]:
        nonlocal read
        for item in files(8) * 100:
            read += 1
            yield item

    batches = embed(encoder, counted(), from_png)
    next(batches)
    time.sleep(0.3)
    assert 16 <= read <= 8 * (encoder.options.decode_threads + 3)
    before = threading.active_count()
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() < before


def test_an_image_that_cannot_be_decoded_is_named(encoder: Encoder) -> None:
    with pytest.raises(ModelError, match="image broken: cannot be decoded"):
        list(embed(encoder, [*files(3), ("broken", b"no picture")], from_png))


def test_the_key_follows_weights_configuration_and_precision(folder: Path, encoder: Encoder, tmp_path: Path) -> None:
    def key(**options: Any) -> str:
        return load_encoder(EmbeddingOptions(**{"model": str(folder), "device": "cpu", **options})).key

    assert key(batch_size=3) == encoder.key
    assert key(model=str(save_model(tmp_path / "same"))) == encoder.key
    assert key(model=str(save_model(tmp_path / "other", seed=1))) != encoder.key
    assert key(dtype="bfloat16") != encoder.key
    config = save_model(tmp_path / "mean") / "open_clip_config.json"
    config.write_text(config.read_text().replace("0.4", "0.41"))
    assert key(model=str(config.parent)) != encoder.key


def refused(pattern: str, model: str | Path, pretrained: str | Path | None = None) -> None:
    options = EmbeddingOptions(model=str(model), pretrained=None if pretrained is None else str(pretrained))
    with pytest.raises(ModelError, match=pattern):
        load_encoder(options)


def test_a_random_initialisation_is_refused(tmp_path: Path, folder: Path) -> None:
    """open_clip logs a warning and goes on."""
    refused("`pretrained` is missing, and a random initialisation is refused", "RN50")
    bare = save_model(tmp_path / "bare")
    (bare / "open_clip_model.safetensors").unlink()
    refused("no open_clip_model.safetensors", bare)
    (bare / "open_clip_pytorch_model.bin").write_bytes(b"pickle")
    refused(r"found \['open_clip_pytorch_model.bin'\]", bare)
    refused("brings its own weights", folder, "openai")


def test_weights_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    refused("(?s)does not load.*visual.proj", save_model(tmp_path / "partial", without=("visual.proj",)))
    cut = save_model(tmp_path / "cut") / "open_clip_model.safetensors"
    cut.write_bytes(cut.read_bytes()[:5000])
    refused("does not load", cut.parent)
    refused("does not load as RN50", "RN50", save_model(tmp_path / "another") / "open_clip_model.safetensors")


def test_weights_that_run_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"pickle")
    refused("read from .safetensors alone", "RN50", tmp_path / "weights.pt")


def test_what_is_not_there_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused("neither a folder nor a model that open_clip knows", "ViT-X-99", "openai")
    refused(r"no such file, and RN50 has only the tags \['openai'", "RN50", tmp_path / "none.safetensors")
    monkeypatch.setattr("open_clip.download_pretrained", _no_network)
    refused("no network, copy the .safetensors file of", "RN50", "openai")
    (tmp_path / "open_clip_config.json").write_text("[")
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"")
    refused("open_clip_config.json: not JSON", tmp_path)


def _no_network(*_: object) -> str:
    raise OSError("no route to host")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean", [123.675, 116.28, 103.53]),
        ("std", [58.395, 57.12, 57.375]),
        ("std", [0, 0, 0]),
        ("std", [0.2, 0.2, -0.2]),
        ("mean", [0.5]),
        ("mean", 0.5),
        ("mean", "imagenet"),
        ("mean", [0.5, 0.5, float("nan")]),
    ],
)
def test_a_mean_that_is_no_level_is_refused(name: str, value: Any, tmp_path: Path) -> None:
    """open_clip believes it, and every picture becomes about the same one."""
    folder = save_model(tmp_path)
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["preprocess_cfg"][name] = value
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    refused(rf"preprocess_cfg\.{name} is .*three numbers of levels from 0 to 1.*divide by 255", folder)


def test_what_open_clip_filled_in_is_told(encoder: Encoder, tmp_path: Path) -> None:
    assert encoder.notes == ()
    bare = save_model(tmp_path)
    config = json.loads((bare / "open_clip_config.json").read_text())
    del config["preprocess_cfg"]["std"]
    (bare / "open_clip_config.json").write_text(json.dumps(config))
    [note] = load_encoder(EmbeddingOptions(model=str(bare), device="cpu")).notes
    assert note.startswith(f"encoder {bare}: nothing says the std of its pictures, open_clip's [0.268")


def test_a_picture_that_overflows_leaves_its_neighbours_as_they_are(encoder: Encoder) -> None:
    """One vector that holds no numbers ended the build, and named no picture."""
    some = pictures(8)
    expected = encoder.images(some)
    handle = encoder._model.visual.register_forward_hook(lambda _, __, found: broken(found))
    vectors = encoder.images(some)
    handle.remove()
    assert vector_faults(vectors) == {2: "not-finite-vector", 5: "zero-vector"}
    rest = [at for at in range(8) if at not in (2, 5)]
    np.testing.assert_array_equal(vectors[rest], expected[rest])


def broken(features: Any) -> Any:
    features = features.clone()
    features[2, 0], features[5] = float("inf"), 0
    return features


def test_a_text_without_numbers_is_named(encoder: Encoder) -> None:
    handle = encoder._model.ln_final.register_forward_hook(lambda _, __, found: found * float("nan"))
    with pytest.raises(ModelError, match=r"the vector of the text 'a red circle' holds what are no finite numbers"):
        encoder.texts(["a red circle", "two"])
    handle.remove()


@given(
    vectors=st.integers(1, 8).flatmap(
        lambda n: st.lists(st.sampled_from(["good", "zero", "nan", "inf", "-inf"]), min_size=n, max_size=n)
    )
)
def test_faulty_vectors_are_told_by_their_kind(vectors: list[str]) -> None:
    made = vectors_of(len(vectors))
    for at, kind in enumerate(vectors):
        if kind == "zero":
            made[at] = 0
        elif kind != "good":
            made[at, 3] = float(kind)
    said = {"zero": "zero-vector", "nan": "not-finite-vector", "inf": "not-finite-vector", "-inf": "not-finite-vector"}
    assert vector_faults(made) == {at: said[kind] for at, kind in enumerate(vectors) if kind in said}


def test_vectors_of_no_use_come_back_as_they_are(cache: str) -> None:
    vectors = vectors_of(4)
    vectors[1], vectors[2, 0] = 0, float("nan")
    write_segment(cache, "k", names(4), vectors)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = load_vectors(cache, "k", names(4))
    assert vector_faults(found) == {1: "zero-vector", 2: "not-finite-vector"}
    np.testing.assert_allclose(np.linalg.norm(found[[0, 3]], axis=1), 1, rtol=1e-6)


@given(data=st.data())
def test_a_segment_that_is_not_as_it_was_written_is_owed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever byte is another: a vector that was silently another would be published with its cosines."""
    folder = tmp_path_factory.getbasetemp() / "flipped"
    path = Path(write_segment(str(folder), "k", names(6), vectors_of(6)))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    owed = missing(str(folder), "k", names(6))
    if owed:
        assert owed == names(6)
    else:
        np.testing.assert_allclose(load_vectors(str(folder), "k", names(6)), vectors_of(6), atol=2e-3)
    write_segment(str(folder), "k", names(6), vectors_of(6))
    assert missing(str(folder), "k", names(6)) == []


def test_alike_is_what_is_near_one() -> None:
    assert share_alike(vectors_of(1)) == share_alike(np.zeros((0, 6), np.float32)) == 0
    assert share_alike(vectors_of(900)) < 0.01
    near = vectors_of(900) * np.float32(0.01) + vectors_of(1, seed=3)
    assert share_alike(near / np.linalg.norm(near, axis=1, keepdims=True)) > 0.99


def test_cuda_that_is_not_there_is_refused(folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(ModelError, match="no CUDA device"):
        load_encoder(EmbeddingOptions(model=str(folder), device="cuda"))


def vectors_of(count: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    found = np.random.default_rng(seed).standard_normal((count, 6)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def names(count: int, start: int = 0) -> list[str]:
    return [f"{number:064x}" for number in range(start, start + count)]


@pytest.fixture(params=["disk", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "cache") if request.param == "disk" else f"memory://{tmp_path.name}/cache"


def test_vectors_come_back_in_the_order_asked_for(cache: str) -> None:
    vectors = vectors_of(50)
    batches = [(names(20), vectors[:20]), (names(30, 20), vectors[20:])]
    assert missing(cache, "k", names(3)) == names(3)
    assert write_segments(cache, "k", batches, rows=16) == 50
    asked = names(50)[::-3]
    found = load_vectors(cache, "k", asked)
    np.testing.assert_allclose(found, vectors[::-3], atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    assert missing(cache, "k", [*names(3), "x", "x"]) == ["x"]
    assert missing(cache, "another", names(2)) == names(2)


def test_segments_are_written_as_they_fill(tmp_path: Path) -> None:
    """A kill costs what was not yet written: it must not be everything."""
    written = []

    def batches() -> Iterator[tuple[list[str], Any]]:
        for start in range(0, 40, 10):
            written.append(len(list(tmp_path.rglob("*.parquet"))))
            yield names(10, start), vectors_of(10)

    write_segments(str(tmp_path), "k", batches(), rows=20)
    assert written == [0, 0, 1, 1]
    assert sorted(pq.read_metadata(path).num_rows for path in tmp_path.rglob("*.parquet")) == [20, 20]


def test_what_a_kill_cut_off_is_owed_again(tmp_path: Path) -> None:
    write_segment(str(tmp_path), "k", names(5), vectors_of(5))
    cut = Path(write_segment(str(tmp_path), "k", names(5, 5), vectors_of(5, seed=1)))
    cut.write_bytes(cut.read_bytes()[:-20])
    empty = tmp_path / "k" / "0.parquet"
    empty.touch()
    assert missing(str(tmp_path), "k", names(10)) == names(5, 5)
    with pytest.raises(VectorsMissingError, match=f"no vector of 5 of 10 images, the first {names(1, 5)[0]}"):
        load_vectors(str(tmp_path), "k", names(10))
    write_segment(str(tmp_path), "k", names(5, 5), vectors_of(5, seed=1))
    np.testing.assert_allclose(load_vectors(str(tmp_path), "k", names(5, 5)), vectors_of(5, seed=1), atol=2e-3)


def test_an_image_in_two_segments_counts_once(cache: str) -> None:
    write_segment(cache, "k", names(4), vectors_of(4))
    write_segment(cache, "k", names(4, 2), vectors_of(4, seed=1))
    first = load_vectors(cache, "k", names(6))
    assert first.shape == (6, 6)
    np.testing.assert_array_equal(first, load_vectors(cache, "k", names(6)))
    with pytest.raises(ValueError, match="expected distinct image ids"):
        load_vectors(cache, "k", [*names(2), *names(1)])


def test_real_images_are_embedded_once(shared: Path, encoder: Encoder, tmp_path: Path) -> None:
    table = pq.read_table(shared / "vqa" / "shapes.parquet", columns=["id", "image"]).slice(0, 40).to_pylist()
    items = [(row["id"], row["image"]["bytes"]) for row in table]
    write_segments(str(tmp_path), encoder.key, embed(encoder, items[:25], from_png))
    owed = set(missing(str(tmp_path), encoder.key, [name for name, _ in items]))
    assert owed == {name for name, _ in items[25:]}
    write_segments(str(tmp_path), encoder.key, embed(encoder, [one for one in items if one[0] in owed], from_png))
    found = load_vectors(str(tmp_path), encoder.key, [name for name, _ in items])
    np.testing.assert_allclose(found, encoder.images([from_png(content) for _, content in items]), atol=1e-3)
