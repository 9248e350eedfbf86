"""What a run costs, by stage."""

from __future__ import annotations

import time

import numpy as np
import pytest

from contextpairs.pipelines.run import costs
from contextpairs.pipelines.run.costs import BETWEEN, Costs, forget_peak, peak_bytes

MEGABYTES_100 = 100 * 2**20


def test_all_time_is_charged_once_and_to_the_inner_stage() -> None:
    spent = Costs()
    with spent.of("choice"):
        time.sleep(0.02)
        with spent.of("judge"):
            time.sleep(0.05)
    spent.charge()
    assert list(spent.seconds) == [BETWEEN, "choice", "judge"]
    assert spent.seconds["judge"] >= 0.05
    assert spent.seconds["choice"] >= 0.02
    assert sum(spent.seconds.values()) == pytest.approx(spent.total(), abs=0.01)


@pytest.mark.skipif(not costs.RESET.exists(), reason="this kernel does not let a peak of memory begin anew")
def test_a_peak_is_that_of_its_stage_alone() -> None:
    spent = Costs()
    with spent.of("large"):
        np.ones(MEGABYTES_100 // 8).sum()
    with spent.of("small"):
        pass
    assert spent.peak["large"] - spent.peak["small"] > MEGABYTES_100 * 0.8


def test_without_the_kernel_s_help_a_peak_is_that_since_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = costs.STATUS.with_name("no such file")
    monkeypatch.setattr(costs, "STATUS", absent)
    monkeypatch.setattr(costs, "RESET", absent / "below")
    forget_peak()
    assert peak_bytes() > 10 * 2**20
