"""A server that is away is asked again; what else is wrong is raised."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from contextpairs.pipelines.run import outage
from contextpairs.pipelines.run.outage import is_away, told

REQUEST = httpx.Request("GET", "http://host/api")


def status(code: int) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("refused", request=REQUEST, response=httpx.Response(code, request=REQUEST))


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [error] * times

    def say() -> str:
        if left:
            raise left.pop()
        return "heard"

    return say


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("late"), status(503), RuntimeError("Failed to reach API")],
)
def test_a_server_that_comes_back_hears(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "ASK_EVERY", 0.0)
    assert is_away(error)
    assert told(failing(2, error), patience=60) == "heard"
    assert told(failing(1, error)) is None


@pytest.mark.parametrize("error", [status(404), status(422), ValueError("ours"), RuntimeError("ours too")])
def test_what_is_no_outage_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        told(failing(1, error), patience=60)
