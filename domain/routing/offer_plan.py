"""The offer plan of a broadcast: who is invited, step by step, until somebody claims."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from domain.errors import InvalidInputError
from domain.ids import AgentId

Softening = Literal["language", "segment"]
"""A requirement that a step may drop."""


class OfferStep(BaseModel):
    """One step: for `seconds`, the best `take` agents hold an invitation.

    `take` counts those of the steps before; "all" is everybody who is ranked. `soften` names the requirements that
    the step drops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: int = Field(ge=1)
    take: Annotated[int, Field(ge=1)] | Literal["all"]
    # Sets have no order of their own: sorted, so that the same plan is always written the same way.
    soften: Annotated[frozenset[Softening], PlainSerializer(sorted, return_type=list[str], when_used="json")] = (
        frozenset()
    )

    @property
    def most(self) -> int:
        """How many agents may hold an invitation."""
        return sys.maxsize if self.take == "all" else self.take


_BOTH: frozenset[Softening] = frozenset({"language", "segment"})


class OfferPlan(BaseModel):
    """Steps that only ever widen the circle. The default fills the claim window of 300 seconds:

    the best agent alone for 60 s, the best two for 60 s, four with language and segment softened for 60 s, then
    everybody, softened as well, for 120 s.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[OfferStep, ...] = Field(
        default=(
            OfferStep(seconds=60, take=1),
            OfferStep(seconds=60, take=2),
            OfferStep(seconds=60, take=4, soften=_BOTH),
            OfferStep(seconds=120, take="all", soften=_BOTH),
        ),
        min_length=1,
    )

    @model_validator(mode="after")
    def _only_widens(self) -> Self:
        for before, step in pairwise(self.steps):
            if step.most < before.most:
                raise ValueError("steps: a step takes fewer agents than the one before; a plan only widens")
            if not before.soften <= step.soften:
                raise ValueError("steps: a step requires again what the one before dropped; a plan only widens")
        return self

    @property
    def ends(self) -> tuple[int, ...]:
        """When each step ends, in seconds from the first invitation; the last ends the round."""
        return tuple(accumulate(step.seconds for step in self.steps))


def invited(
    plan: OfferPlan,
    step: int,
    ranked: Sequence[AgentId],
    ranked_soft: Sequence[AgentId],
    already: Sequence[AgentId] = (),
) -> tuple[AgentId, ...]:
    """Everybody who holds an invitation during the step (counted from 1), in the order of invitation.

    `ranked` meets every requirement, `ranked_soft` those that the step leaves, both best first. `already` are the
    invitations of earlier steps that are still open: they stay, whatever the ranking says by now. Raises
    InvalidInputError for a step that the plan does not have.
    """
    if not 1 <= step <= len(plan.steps):
        raise InvalidInputError("step", f"{step} is not in the plan; it has the steps 1 to {len(plan.steps)}")
    circle = dict.fromkeys(already)
    for current in plan.steps[:step]:
        source = ranked_soft if current.soften else ranked
        newcomers = [agent for agent in source if agent not in circle]
        circle.update(dict.fromkeys(newcomers[: max(0, current.most - len(circle))]))
    return tuple(circle)
