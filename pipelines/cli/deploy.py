"""`contextpairs deploy` and `contextpairs run`: the flows on a Prefect server, by its own command."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contextpairs.pipelines.cli.arguments import Overrides, fail, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

Given = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DEPLOYMENT.KEY=VALUE]...", help="Parameters of deployments, values as YAML."),
]
Without = Annotated[list[str] | None, typer.Option("--without", help="Leave a deployment out; may be repeated.")]
File = Annotated[Path | None, typer.Option("--file", "-f", help="Default: prefect.yaml here, else the shipped one.")]
Notify = Annotated[
    str | None, typer.Option(help="Notification block that hears of trouble, as type/name: slack-webhook/ops.")
]
Days = Annotated[float, typer.Option(min=0.01, help="Days without a new version before a refresh is reported.")]
Watch = Annotated[bool, typer.Option("--watch/--no-watch", help="Wait for the end, showing the log.")]


def deploy_command(
    given: Given = None, without: Without = None, file: File = None, notify: Notify = None, days: Days = 7.0
) -> None:
    """Make the flows deployments of the Prefect server, with schedules, and install automations that watch them."""
    from contextpairs.pipelines.deploy.deployments import FILE, PACKAGED, deployments
    from contextpairs.pipelines.deploy.prefect_command import PrefectFailed
    from contextpairs.pipelines.run.config_files import ConfigError

    try:
        source = file or (Path(FILE) if Path(FILE).is_file() else PACKAGED)
        content = deployments(source, given or [], without or [])
        _make_pools(content)
        _deploy(content)
        _install(content, days, notify)
        _check_server()
    except (ConfigError, PrefectFailed) as error:
        fail(error)


def run_command(
    deployment: Annotated[str, typer.Argument(help="Name of a deployment, or flow/deployment.")],
    overrides: Overrides = None,
    watch: Watch = False,
) -> None:
    """Start a run of a deployment on the Prefect server: `contextpairs run build-image-pairs limit=200 --watch`."""
    from contextpairs.pipelines.deploy.deployments import for_the_form, refuse_credentials
    from contextpairs.pipelines.deploy.prefect_command import PrefectFailed, prefect
    from contextpairs.pipelines.run.config_files import ConfigError, merged, override_of

    fields: dict[str, Any] = {}
    try:
        for override in overrides or []:
            fields = merged(fields, override_of(override))
        refuse_credentials(fields)
        name = deployment if "/" in deployment else _full_name(deployment)
    except (ConfigError, PrefectFailed) as error:
        fail(error)
    watched = ["--watch"] if watch else []
    raise typer.Exit(prefect("deployment", "run", name, "--params", json.dumps(for_the_form(fields)), *watched))


def _full_name(deployment: str) -> str:
    """`flow/deployment`, as Prefect wants it: two flows may have deployments of one name. Raises ConfigError."""
    from contextpairs.pipelines.deploy.prefect_command import asked
    from contextpairs.pipelines.run.config_files import ConfigError

    found = asked("POST", "/deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})
    names = [f"{asked('GET', '/flows/' + each['flow_id'])['name']}/{deployment}" for each in found]
    if not names:
        raise ConfigError(f"{deployment}: the server has no such deployment; contextpairs deploy makes ours")
    if len(names) > 1:
        raise ConfigError(f"{deployment}: there are several, name one of {', '.join(sorted(names))}")
    return names[0]


def _make_pools(content: Mapping[str, Any]) -> None:
    """Make work pools that are not there; processes of whatever machine a worker runs on."""
    from contextpairs.pipelines.deploy.prefect_command import asked, done

    for pool in sorted({each["work_pool"]["name"] for each in content["deployments"]}):
        if asked("GET", f"/work_pools/{pool}") is None:
            done("work-pool", "create", pool, "--type", "process")
            typer.echo(f"work pool {pool!r} is made: prefect worker start --pool {pool}")


def _deploy(content: Mapping[str, Any]) -> None:
    import yaml

    from contextpairs.pipelines.deploy.prefect_command import done

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "prefect.yaml")
        file.write_text(yaml.safe_dump(dict(content), sort_keys=False), encoding="utf-8")
        done("--no-prompt", "deploy", "--all", "--prefect-file", os.fspath(file))
    for each in content["deployments"]:
        times = ", ".join(f"{one['cron']} {one.get('timezone', 'UTC')}" for one in each.get("schedules", ()))
        typer.echo(f"deployment {each['name']!r} runs in {Path.cwd()}" + (f", at {times}" if times else ""))


def _install(content: Mapping[str, Any], days: float, notify: str | None) -> None:
    """Put the automations in the place of those of the same names."""
    from contextpairs.pipelines.deploy.automations import automations
    from contextpairs.pipelines.deploy.prefect_command import asked

    names = [each["name"] for each in content["deployments"]]
    found = asked("POST", "/deployments/filter", {"deployments": {"name": {"any_": names}}})
    refreshing = [each["name"] for each in content["deployments"] if each.get("schedules")]
    there = {each["name"]: each["id"] for each in asked("POST", "/automations/filter", {})}
    for each in automations({one["name"]: one["id"] for one in found}, refreshing, days, _block(notify)):
        if each["name"] in there:
            asked("PUT", f"/automations/{there[each['name']]}", each)
        else:
            asked("POST", "/automations/", each)
        typer.echo(f"automation {each['name']!r} watches them")


def _check_server() -> None:
    """Warn of settings of the server under which lost runs are not found after a longer outage, nor slots freed."""
    from contextpairs.pipelines.deploy.prefect_command import asked

    server = asked("GET", "/admin/settings")["server"]
    if server["concurrency"]["lease_storage"].endswith("memory"):
        setting = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem"
        warn(f"the server forgets who holds concurrency slots when it ends: prefect config set {setting}")
    if server["events"]["expired_bucket_buffer"] == FORGETS:
        setting = "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER=P30D"
        warn(f"the server forgets runs that were lost while it was away: prefect config set {setting}")


FORGETS = "PT1M"
"""Prefect's default."""


def _block(notify: str | None) -> str | None:
    """The id of a notification block. Raises ConfigError."""
    from contextpairs.pipelines.deploy.prefect_command import asked
    from contextpairs.pipelines.run.config_files import ConfigError

    if notify is None:
        return None
    kind, _, name = notify.partition("/")
    found = asked("GET", f"/block_types/slug/{kind}/block_documents/name/{name}") if name else None
    if found is None:
        raise ConfigError(f"--notify: {notify!r} is no block of the server, given as type/name: slack-webhook/ops")
    return str(found["id"])
