"""The offer plan: a circle that only widens."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.errors import InvalidInputError
from domain.ids import AgentId
from domain.routing.offer_plan import OfferPlan, OfferStep, invited
from domain.sla.policy import SlaPolicy
from tests.unit.domain.strategies.pools import agent

_STRICT = [agent(1), agent(2), agent(3)]
_SOFT = [agent(9), agent(1), agent(2), agent(8), agent(3), agent(7)]


def test_the_default_plan_fills_the_default_claim_window() -> None:
    assert OfferPlan().ends == (60, 120, 180, 300)
    assert OfferPlan().ends[-1] == SlaPolicy().claim_seconds


def test_the_reference_page_shows_the_default_plan() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "strategies.md").read_text(encoding="utf-8")
    for number, step in enumerate(OfferPlan().steps, 1):
        assert f"| {number} | {step.seconds} | {step.take} | {', '.join(sorted(step.soften))}".rstrip() in page
    assert (
        OfferPlan.model_validate(yaml.safe_load(page.partition("    plan:\n")[2].partition("\n\n")[0])) == OfferPlan()
    )


@pytest.mark.parametrize(
    ("step", "circle"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 9, 8]), (4, [1, 2, 9, 8, 3, 7])],
)
def test_the_default_plan(step: int, circle: list[int]) -> None:
    assert [one.int for one in invited(OfferPlan(), step, _STRICT, _SOFT)] == circle


def test_open_invitations_stay_when_the_ranking_changes() -> None:
    assert invited(OfferPlan(), 2, [agent(5), agent(6)], [], already=[agent(1)]) == (agent(1), agent(5))


def test_somebody_who_declined_is_replaced() -> None:
    # Agent 1 was invited first and declined: it is ranked no more and holds no invitation.
    assert invited(OfferPlan(), 1, [agent(2), agent(3)], []) == (agent(2),)


def test_an_empty_step_goes_on_to_whoever_meets_the_softened_requirements() -> None:
    assert [invited(OfferPlan(), step, [], [agent(4)]) for step in (1, 2, 3)] == [(), (), (agent(4),)]


_RANKINGS = st.lists(st.integers(1, 12).map(agent), unique=True, max_size=12)


@given(ranked=_RANKINGS, soft=_RANKINGS)
def test_a_circle_only_widens_up_to_everybody(ranked: list[AgentId], soft: list[AgentId]) -> None:
    circles = [invited(OfferPlan(), step, ranked, soft) for step in (1, 2, 3, 4)]
    for before, after in pairwise(circles):
        assert after[: len(before)] == before
    assert all(len(circle) <= room for circle, room in zip(circles, (1, 2, 4), strict=False))
    assert len(set(circles[-1])) == len(circles[-1])
    assert set(soft) <= set(circles[-1])


@given(ranked=_RANKINGS, soft=_RANKINGS, step=st.integers(1, 3))
def test_step_by_step_or_at_once_is_the_same(ranked: list[AgentId], soft: list[AgentId], step: int) -> None:
    before = invited(OfferPlan(), step, ranked, soft)
    assert invited(OfferPlan(), step + 1, ranked, soft, already=before) == invited(OfferPlan(), step + 1, ranked, soft)


@pytest.mark.parametrize("step", [0, 5])
def test_a_step_outside_the_plan_is_refused(step: int) -> None:
    with pytest.raises(InvalidInputError, match="the steps 1 to 4"):
        invited(OfferPlan(), step, _STRICT, _SOFT)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "at least 1"),
        ([{"seconds": 60, "take": 2}, {"seconds": 60, "take": 1}], "fewer agents"),
        ([{"seconds": 60, "take": "all"}, {"seconds": 60, "take": 9}], "fewer agents"),
        ([{"seconds": 60, "take": 1, "soften": ["language"]}, {"seconds": 60, "take": 2}], "requires again"),
        ([{"seconds": 0, "take": 1}], "seconds"),
        ([{"seconds": 60, "take": 0}], "take"),
        ([{"seconds": 60, "take": 1, "soften": ["licence"]}], "soften"),
    ],
)
def test_a_plan_that_does_not_widen_is_refused(steps: list[object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        OfferPlan.model_validate({"steps": steps})


def test_a_plan_is_written_the_same_way_every_time() -> None:
    step = OfferStep(seconds=60, take="all", soften=frozenset({"segment", "language"}))
    assert step.model_dump(mode="json") == {"seconds": 60, "take": "all", "soften": ["language", "segment"]}
    assert OfferPlan.model_validate(OfferPlan().model_dump(mode="json")) == OfferPlan()
