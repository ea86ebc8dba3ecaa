"""Comparing strategies: the figures, the table, what is configured before and after, and a whole run."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from db.session import Engines
from domain.errors import InvalidInputError
from services.invariants import Violation
from tests.demo.test_demo import start
from tests.stack.conftest import data_dir
from workers.demo.compare import (
    Comparison,
    StrategyResult,
    TimeToAssign,
    jain_index,
    settings_of,
    strategies_named,
)
from workers.demo.compare_view import draw_comparison
from workers.demo.stage import read_strategy, set_stage

__all__ = ["data_dir"]

NOW = datetime(2030, 1, 2, 9, 30, tzinfo=UTC)


def test_jain_index_is_one_for_even_shares_and_one_nth_for_one_who_has_everything() -> None:
    assert jain_index([4, 4, 4, 4]) == 1.0
    assert jain_index([8, 0, 0, 0]) == 0.25
    assert jain_index([1, 2, 3]) == pytest.approx(36 / 42)
    assert jain_index([0, 0]) == jain_index([]) == 1.0


def test_strategies_are_named_once_each_in_their_order() -> None:
    assert strategies_named("weighted, greedy,weighted") == ("weighted", "greedy")


@pytest.mark.parametrize("names", ["", "greedy,best", "manual", "broadcast"])
def test_what_cannot_be_played_is_refused_with_what_can(names: str) -> None:
    with pytest.raises(InvalidInputError, match=r"compare: .*name some of greedy, optimal"):
        strategies_named(names)


def test_each_strategy_counts_turns_of_its_own() -> None:
    one, other = settings_of(strategies_named("weighted")[0], 8), settings_of(strategies_named("optimal")[0], 8)
    assert one.pool != other.pool
    assert other.batch_seconds == 2


def test_the_table_fits_a_terminal_of_eighty_columns() -> None:
    result = StrategyResult(
        run="demo-1",
        leads=9999,
        contacted=9998,
        mean_fitness=77.26,
        fairness=0.5,
        breaches=1234,
        violations=(),
        time_to_assign_ms=TimeToAssign(p50=10364.2, p95=None),
    )
    names = ("reinforcement", "least_loaded")
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(
        draw_comparison(Comparison(leads=9999, window_seconds=8, compare=dict.fromkeys(names, result), runs={}))
    )
    lines = console.export_text().splitlines()
    row = next(line for line in lines if "reinforcement" in line)
    assert row.split() == ["reinforcement", "77.3", "0.50", "9998", "1234", "0", "10364", "–"]
    assert "…" not in "".join(lines)


async def test_a_strategy_is_published_kept_and_taken_back(engines: Engines) -> None:
    async def stage(strategy: dict[str, str] | None) -> None:
        await set_stage(engines, agents=5, window=8, at=NOW, strategy=strategy)

    await stage(None)
    assert await read_strategy(engines) is None
    await stage({"name": "weighted"})
    await stage(None)
    assert await read_strategy(engines) == {"name": "weighted"}
    await stage({})
    assert await read_strategy(engines) is None


@pytest.mark.timeout(300)
def test_the_same_leads_are_played_under_each_strategy(data_dir: Path) -> None:
    names = ["greedy", "round_robin"]
    process = start(
        *("--compare", ",".join(names), "--leads", "6", "--window", "5"),
        *("--data-dir", str(data_dir), "--json", "-", "--exit"),
    )
    out, words = process.communicate(timeout=280)
    assert process.returncode == 0, words
    found = json.loads(out)
    assert list(found["compare"]) == list(found["runs"]) == names
    for name in names:
        result, report = found["compare"][name], found["runs"][name]
        assert set(report["strategies"]) - {"manual"} == {name}
        assert result["leads"] == 6
        assert 0 < result["contacted"] <= 6
        assert 0 < result["mean_fitness"] <= 100
        assert 0 < result["fairness"] <= 1
        assert [Violation.model_validate(one) for one in result["violations"]] == []
        assert result["time_to_assign_ms"]["p50"] <= result["time_to_assign_ms"]["p95"]
    assert found["compare"]["greedy"]["run"] != found["compare"]["round_robin"]["run"]
