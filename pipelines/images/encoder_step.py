"""The encoder of a build without loading it: its key, and vectors of texts, made by workers and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions
from contextpairs.builders.images.encoder.encoder_files import fingerprints
from contextpairs.builders.images.encoder.vector_cache import load_vectors, missing
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.encoder_stage import TextsPayload, encoder_of, encoder_partition, texts_partition
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import unmade


def encoder_key(build: Build[ImagesConfig]) -> str:
    """The key of a build's encoder; a model whose files are known is loaded for it once, by a worker.

    What no file says of its preprocessing is noted.

    Raises:
        ModelError: there is no such model, or it does not load.
    """
    options = build.config.retrieval_encoder()
    marks = fingerprints(options.model, options.pretrained)
    if marks is None:
        encoder = encoder_of(options)
        return _known(build, encoder.key, encoder.notes)
    (output,) = build.run([build.work(encoder_partition, options, [options, marks])])
    (row,) = read_table(output.path).to_pylist()
    return _known(build, row["key"], row["notes"])


def _known(build: Build[ImagesConfig], key: str, notes: Sequence[str]) -> str:
    build.uses(key)
    for note in notes:
        build.note(note)
    return key


def text_vectors(build: Build[ImagesConfig], key: str, texts: Iterable[str]) -> Mapping[str, npt.NDArray[np.float32]]:
    """Unit vectors of texts by the build's encoder of that key, shape (d,) each; each is made once.

    Raises:
        ModelError: the encoder cannot be loaded.
    """
    by_id = {hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(): text for text in sorted(set(texts))}
    cache = f"{build.config.work_dir}/texts"
    owed = missing(cache, key, by_id)
    if owed:
        options: EmbeddingOptions = build.config.retrieval_encoder()
        payload = TextsPayload(tuple((name, by_id[name]) for name in owed), options, cache)
        inputs = [owed, options, cache]
        build.run([unmade(build.work(texts_partition, payload, inputs if not n else [*inputs, n]) for n in count())])
    return dict(zip(by_id.values(), load_vectors(cache, key, list(by_id)), strict=True))
