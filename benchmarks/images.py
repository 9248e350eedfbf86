"""Time and memory of image builds, beside the plain library calls on the same input in the same run.

    python -m benchmarks.images --sizes 2000 20000 200000 --folder /tmp/bench

For each size: a build of so many rendered scenes by retrieval alone (`--both`: by both routes), on two worker
processes, and then the refresh with 1 % more. Peak memory is the sum of resident memory over the process tree; shared
pages count once per process. For the largest size two more ratios: the search beside bare `faiss.knn` calls on the same
vectors and groups, and `embed` from files beside a bare loop of the same model over decoded tensors.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.build import Measured, exponent, measured
from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, embed, load_encoder
from contextpairs.builders.images.retrieval.question_rows import Rows, contrastable
from contextpairs.builders.images.retrieval.search import RetrievalOptions, search
from contextpairs.data.demo.models import SCENE_ENCODER
from contextpairs.data.demo.scenes.rendering import DOMAINS, scene
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.send import as_png
from contextpairs.pipelines.images.build import STAGES
from contextpairs.pipelines.images.build_models import with_models
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.encoder_step import encoder_key
from contextpairs.pipelines.images.question_codes import codes_of
from contextpairs.pipelines.images.read_step import read_sources, vectors_of
from contextpairs.pipelines.images.retrieval_route import looks_of
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.local import local_mapper
from contextpairs.pipelines.run.reporting import Silent

BUILD = "from contextpairs.pipelines.cli.main import main; main()"
FIXED = ("scenes.questions=3",)
RETRIEVAL_ALONE = ("editing.enabled=false",)
ROUNDS = 3
EMBEDDED = 3000
Vectors = npt.NDArray[np.float32]


def built(images: int, out: Path, more: Sequence[str]) -> Measured:
    """A build."""
    overrides = [f"out={out}", f"scenes.images={images}", *FIXED, *more]
    return measured([sys.executable, "-c", BUILD, "build", "images", *overrides])


def best(work: Callable[[], object]) -> float:
    """Least of a few times, seconds."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def search_beside_faiss(images: int, out: Path) -> tuple[float, float]:
    """Seconds of our search, and of one bare call a question on vectors that are gathered already."""
    rows, vectors, conflicts = _stored(images, out)
    options = RetrievalOptions()
    groups = np.split(vectors[rows.image], np.flatnonzero(np.diff(rows.group)) + 1)
    return best(lambda: search(vectors, rows, conflicts, options)), best(lambda: _bare(groups, options.neighbours))


def _stored(images: int, out: Path) -> tuple[Rows, Vectors, set[tuple[int, int, int]]]:
    """Rows sorted by question, vectors and conflicts of a build that is there."""
    given = [f"out={out}", f"scenes.images={images}", *FIXED, *RETRIEVAL_ALONE]
    config = with_models(load(ImagesConfig, [], given))
    build = Build(config, local_mapper(config.engine), Silent(), STAGES)
    key = encoder_key(build)
    read = read_sources(build, key)
    codes, vectors = codes_of(read.questions), vectors_of(build, read.images, key)
    rows = codes.rows.take(contrastable(codes.rows, looks_of(read.images).pictures)[0])
    return rows.take(np.argsort(rows.group, kind="stable")), vectors, set(codes.conflicts)


def _bare(groups: list[Vectors], neighbours: int) -> None:
    import faiss

    for group in groups:
        faiss.knn(group, group, min(neighbours + 1, len(group)), faiss.METRIC_INNER_PRODUCT)


def embedding_beside_open_clip() -> tuple[float, float]:
    """Images a second: files through `embed`, and decoded tensors through the model alone."""
    encoder = load_encoder(EmbeddingOptions(model=str(SCENE_ENCODER)))
    files = list(_files(EMBEDDED))
    limits = ImageLimits()
    ours = best(lambda: list(embed(encoder, files, lambda content: rgb(content, limits))))
    return EMBEDDED / ours, EMBEDDED / best(_loop(encoder, files, limits))


def _loop(encoder: Encoder, files: list[tuple[str, bytes]], limits: ImageLimits) -> Callable[[], object]:
    import torch

    pixels = encoder.pixels([rgb(content, limits) for _, content in files])
    tensors = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - encoder._mean) / encoder._std
    batches = tensors.contiguous().split(encoder.options.batch_size)

    def run() -> None:
        with torch.inference_mode():
            for batch in batches:
                encoder._model.encode_image(batch, normalize=True)

    return run


def _files(number: int) -> Iterator[tuple[str, bytes]]:
    for at in range(number):
        drawn = as_png(scene(list(DOMAINS)[at % len(DOMAINS)], 5, at).draw())
        yield str(at), drawn


def _line(images: int, full: Measured, refresh: Measured) -> str:
    """A row of the table. Processor time tells the shares apart from what else the machine does."""
    wall = f"{full.seconds:.1f} | {full.megabytes:.0f} | {refresh.seconds:.1f} | {refresh.seconds / full.seconds:.1%}"
    processor = f"{full.processor:.1f} | {refresh.processor:.1f} | {refresh.processor / full.processor:.1%}"
    return f"| {images:,} | {wall} | {processor} |"


def main() -> None:
    """Print a table a size a row, growth exponents and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 20_000, 200_000])
    parser.add_argument("--folder", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--ratios-only", action="store_true", help="of a largest size that was built before")
    parser.add_argument("--both", action="store_true", help="routes; the default is retrieval alone")
    given = parser.parse_args()
    more = () if given.both else RETRIEVAL_ALONE
    sizes, folder = given.sizes, given.folder.resolve()
    if not given.ratios_only:
        print("| images | build s | peak MB | refresh with 1 % more, s | share | processor s | refresh | share |")
        print("|---|---|---|---|---|---|---|---|")
        results = []
        for images in sizes:
            out = folder / f"images-{images}"
            shutil.rmtree(out, ignore_errors=True)
            full, refresh = built(images, out, more), built(images + images // 100, out, more)
            results.append(full)
            print(_line(images, full, refresh), flush=True)
        if len(sizes) > 1:
            print(f"growth exponent of time: {exponent(sizes, [each.seconds for each in results]):.2f}")
            print(f"growth exponent of memory: {exponent(sizes, [each.megabytes for each in results]):.2f}")
    ours, bare = search_beside_faiss(sizes[-1], folder / f"images-{sizes[-1]}")
    print(f"search: {ours:.2f} s, bare faiss.knn by question: {bare:.2f} s, ratio {ours / bare:.2f}")
    ours, bare = embedding_beside_open_clip()
    print(f"embedding: {ours:.0f} images/s from files, bare model on tensors: {bare:.0f}, ratio {ours / bare:.2f}")


if __name__ == "__main__":
    main()
