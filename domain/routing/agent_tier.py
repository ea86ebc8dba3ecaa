"""The tier of an agent, by rating."""

from __future__ import annotations

from enum import StrEnum


class AgentTier(StrEnum):
    """How good an agent is held to be; a field for rules, no factor of fitness."""

    ELITE = "Elite"
    SENIOR = "Senior"
    STANDARD = "Standard"
    JUNIOR = "Junior"


def agent_tier(rating: float) -> AgentTier:
    """Tier of a rating 0..1: from 0.9 Elite, from 0.75 Senior, from 0.5 Standard, below Junior.

    Source: the routing migration's matching service.
    """
    if rating >= 0.9:
        return AgentTier.ELITE
    if rating >= 0.75:
        return AgentTier.SENIOR
    return AgentTier.STANDARD if rating >= 0.5 else AgentTier.JUNIOR
