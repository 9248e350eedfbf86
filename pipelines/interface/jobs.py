"""The commands as functions. Each loads what it needs when it is called: coding builds go without torch and Pillow."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from contextpairs.pipelines.interface.fields import Files, given
from contextpairs.pipelines.interface.results import BuildResult, ExportResult, ProbeResult, TrainResult, VerifyResult
from contextpairs.pipelines.run.callers_script import script_hidden_from_libraries
from contextpairs.pipelines.run.reporting import Reporter

if TYPE_CHECKING:
    from contextpairs.pipelines.run.build_options import BuildConfig
    from contextpairs.pipelines.run.engine import Mapper


def build_coding(*overrides: str, config: Files = (), reporter: Reporter | None = None, **fields: Any) -> BuildResult:
    """Build coding pairs from agent trajectories and publish them; without sources, from the embedded sample.

        built = contextpairs.build_coding(sources="runs/", preset="attempts", out="out/mine", limit=200)
        built = contextpairs.build_coding("audit.enforce=false", sources=["a.jsonl", "b/*.traj"], caps={"instance": 4})

    Equal inputs give equal bytes; what an earlier or killed run finished is not done again. The work runs on
    `engine.workers` processes, which do not run the script that calls: it needs no `if __name__ == "__main__"`.

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        reporter: told of progress; without one, nothing is shown.
        fields: of the configuration, which `contextpairs config` lists with what they mean: `sources`, `preset`,
            `out`, `limit`, `cascade`, `judge` and so on.

    Returns:
        Version, rows, funnel, path; `created` is False if the store's latest version already said the same.

    Raises:
        ConfigError: a bad value; it names the field.
        SourceError: nothing could be read, or a mapping does not fit.
        StorageError: `out` cannot hold versions, or its storage refuses.
        Held: another build works for the store, and `wait` is false.
        NothingToPublish: no pair survived; its `funnel` says where they went.
        Shrunk: sources, rows or pairs are fewer by a fifth than before, under the same settings and code.
    """
    from contextpairs.pipelines.coding.build import build_coding as build
    from contextpairs.pipelines.coding.config import CodingConfig

    return built(given(CodingConfig, config, overrides, fields), build, reporter)


def build_images(*overrides: str, config: Files = (), reporter: Reporter | None = None, **fields: Any) -> BuildResult:
    """Build image pairs from visual question answering data and publish them; without sources, from rendered scenes.

        built = contextpairs.build_images(sources="hf:owner/vqa", retrieval={"model": "/models/clip"}, out="out/images")

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        reporter: told of progress; without one, nothing is shown.
        fields: of the configuration, which `contextpairs config --of images` lists with what they mean.

    Returns:
        Version, rows, funnel, path; `created` is False if the store's latest version already said the same.

    Raises:
        ConfigError: a bad value; it names the field.
        SourceError: nothing could be read, or a mapping does not fit.
        ModelError: a model cannot be loaded.
        EditorFailed: the editor failed time and again, or its device is lost.
        StorageError: `out` cannot hold versions, or its storage refuses.
        Held: another build works for the store, and `wait` is false.
        NothingToPublish: no pair survived; its `funnel` says where they went.
        Shrunk: sources, rows or pairs are fewer by a fifth than before, under the same settings and code.
    """
    from contextpairs.pipelines.images.build import build_images as build
    from contextpairs.pipelines.images.config import ImagesConfig

    return built(given(ImagesConfig, config, overrides, fields), build, reporter)


def built(
    config: BuildConfig, build: Callable[..., Any], reporter: Reporter | None, mapper: Mapper | None = None
) -> BuildResult:
    """What comes of a build.

    Args:
        config: its configuration.
        build: the pipeline's.
        reporter: told of progress.
        mapper: runs its works; without one, that of `engine`.
    """
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.run.local import local_mapper
    from contextpairs.pipelines.run.reporting import Recorded

    recorded = Recorded(reporter)
    published = build(config, mapper or local_mapper(config.engine, config.preload), recorded)
    store = Store(config.out, config.storage)
    if config.view:
        from contextpairs.pipelines.view.viewing import written_view

        written_view(store, published.version)
    return BuildResult(
        version=published.version,
        path=published.path,
        created=published.created,
        rows=published.rows,
        funnel=tuple(recorded.lines),
        notes=tuple(recorded.notes),
        manifest=store.manifest(published.version),
        pinned=published.pinned,
    )


def train(*overrides: str, config: Files = (), say: Callable[[str], None] = print, **fields: Any) -> TrainResult:
    """Train a model with GRPO and the context-selection loss, or with an objective to compare it with.

        trained = contextpairs.train(model="Qwen/Qwen3-8B", preset="qwen3-8b", pairs="out/mine", tasks="out/tasks")

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        say: told, in the first process, what was read and what was left out.
        fields: of the configuration, which `contextpairs config --of train` lists with what they mean.

    Returns:
        Folders of the last checkpoint and of the final model, the run's record, what the trainer logged.

    Raises:
        ConfigError: a bad value, or fields that do not go together.
        ValueError: data that cannot be trained on, or a checkpoint of another run.
        LookupError: no such model, version, split or checkpoint.
        RunEndedError: a loss, gradient or reward is no number, rewards move nothing, or the disk is full.
    """
    from contextpairs.pipelines.train.config import TrainConfig

    settings = given(TrainConfig, config, overrides, fields)
    # It pulls in torch: a bad value is told before that.
    from contextpairs.pipelines.train.run import train as run

    with script_hidden_from_libraries():
        trained = run(settings, say)
    final = None if trained.final is None else str(trained.final)
    return TrainResult(str(trained.checkpoint), final, trained.record, trained.history)


def merge(checkpoint: str | os.PathLike[str], *overrides: str, config: Files = (), **fields: Any) -> str:
    """Merge an adapter that `train` left into its base, as one model.

        contextpairs.merge("out/train/final", to="out/merged")

    Args:
        checkpoint: folder of the adapter.
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        fields: of the configuration, which `contextpairs config --of merge` lists with what they mean: `to`, `dtype`.

    Returns:
        Folder of the merged model.

    Raises:
        ConfigError: a bad value; it names the field.
        MergeError: no adapter is there, or something stands at `to`.
        LookupError: the base of the adapter is not there.
        OSError: `to` cannot be written; nothing appears.
    """
    from contextpairs.pipelines.train.merge_config import MergeConfig

    settings = given(MergeConfig, config, overrides, {"checkpoint": os.fspath(checkpoint), **fields})
    # It pulls in torch: a bad value is told before that.
    from contextpairs.pipelines.train.merging import merge as run

    with script_hidden_from_libraries():
        return str(run(settings))


def probe(*overrides: str, config: Files = (), reporter: Reporter | None = None, **fields: Any) -> ProbeResult:
    """Ask a model, in both orders of every pair, which context supports the answer.

        probed = contextpairs.probe(model="out/train/checkpoint-100", pairs="out/mine", limit=200)

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        reporter: told of progress; without one, nothing is shown.
        fields: of the configuration, which `contextpairs config --of probe` lists with what they mean.

    Returns:
        What was found, and the file of the results; `created` is False if the very same run was found finished.

    Raises:
        ConfigError: a bad value; it names the field.
        LookupError: the store has no such version, split or pairs; or the model is not there.
        AnswersOwed: the endpoint failed or a spending limit was reached; answers had so far are kept.
        EndpointError: the endpoint refuses a request.
        ValueError: pairs and model do not go together: a prompt too long, images for a text model, no letters.
    """
    from contextpairs.pipelines.probe.config import ProbeConfig
    from contextpairs.pipelines.probe.run import probe as run

    probed = run(given(ProbeConfig, config, overrides, fields), reporter)
    return ProbeResult(str(probed.path), not probed.reused, probed.results, probed.report)


def export(*stores: str | os.PathLike[str], config: Files = (), **fields: Any) -> ExportResult:
    """Export pairs for TRL, verl, EasyR1, SkyRL, `datasets`, chat training or the hub.

        exported = contextpairs.export("out/mine", to="verl", dest="out/verl")

    Args:
        stores: folders or URLs of stores; texts with `=` are fields as on the command line.
        config: YAML files of fields; overrides and keywords go over them.
        fields: of the configuration, which `contextpairs config --of export` lists with what they mean: `to`, `dest`,
            `split`, `order` and so on.

    Returns:
        Form, records by split, path; `created` is False if the same export stood there already.

    Raises:
        ConfigError: a bad value; it names the field.
        ExportError: the form cannot say what is asked for, or something else stands at `dest`.
        VersionError: the version or split is not there, or the split is empty.
        OSError: a storage or the hub refuses; nothing appears.
    """
    from contextpairs.pipelines.cli.export import ExportConfig, export_pairs, warnings

    texts = [os.fspath(each) for each in stores]
    overrides = [each for each in texts if "=" in each]
    if named := [each for each in texts if "=" not in each]:
        fields["stores"] = named
    settings = given(ExportConfig, config, overrides, fields)
    exported = export_pairs(settings)
    return ExportResult(settings.to, exported.url, exported.created, exported.record, tuple(warnings(settings)))


def verify(store: str | os.PathLike[str], version: str | None = None, **storage: Any) -> VerifyResult:
    """Hash every file of a version again and compare with its manifest, and its rows with what a version promises.

        assert contextpairs.verify("out/mine")

    Args:
        store: folder or URL.
        version: `v000001`, `latest` and so on; without one, all versions.
        storage: fsspec options of the store, such as endpoint_url for s3.

    Returns:
        What was checked, and the problems of each version: true in a condition where all are whole.

    Raises:
        VersionError: there is no such store or version.
        StorageError: the storage refuses.
    """
    from contextpairs.data.store.store import Store

    opened = Store(os.fspath(store), storage)
    versions = [version] if version else opened.all_versions()
    return VerifyResult({each: tuple(opened.verify(each)) for each in versions})
