"""Automations are what Prefect takes, watch our deployments alone, and tell whom they should."""

from __future__ import annotations

from uuid import uuid4

from contextpairs.pipelines.deploy.automations import LOST_AFTER, automations

DEPLOYED = {name: str(uuid4()) for name in ("build-coding-pairs", "refresh-coding-pairs")}
BLOCK = str(uuid4())


def test_prefect_reads_each_as_it_is_meant() -> None:
    from prefect.events.actions import ChangeFlowRunState, DoNothing, SendNotification
    from prefect.events.schemas.automations import AutomationCore, EventTrigger

    for notify in (None, BLOCK):
        read = [AutomationCore.model_validate(each) for each in automations(DEPLOYED, list(DEPLOYED), 7, notify)]
        for each in read:
            assert isinstance(each.trigger, EventTrigger)
            assert isinstance(each.actions[-1], SendNotification if notify else (ChangeFlowRunState, DoNothing))


def test_a_lost_run_is_one_of_ours_that_gives_no_sign_of_life_within_five_minutes() -> None:
    lost = automations(DEPLOYED, [], 7, None)[0]
    assert lost["trigger"]["match_related"]["prefect.resource.id"] == [
        f"prefect.deployment.{each}" for each in DEPLOYED.values()
    ]
    assert lost["trigger"]["within"] == LOST_AFTER < 300
    assert set(lost["trigger"]["after"]) < set(lost["trigger"]["expect"])


def test_each_refresh_is_watched_for_what_it_publishes() -> None:
    made = {each["name"]: each for each in automations(DEPLOYED, ["refresh-coding-pairs", "not-deployed"], 2, None)}
    silent = made.pop("contextpairs: nothing published by refresh-coding-pairs")
    assert sorted(made) == ["contextpairs: failed run", "contextpairs: lost run"]
    assert silent["trigger"]["within"] == 2 * 86_400
