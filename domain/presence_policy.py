"""What an agent's absence does to the leads that the agent has."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class HeldLeads(StrEnum):
    """What becomes of the claimed leads of somebody who is gone; whoever was contacted always stays."""

    STAY = "stay"
    MOVE = "move"


class OnLeave(StrEnum):
    """What the start of time off does to claimed leads; offers move on always."""

    HAND_OVER = "hand_over"
    KEEP = "keep"


class PresencePolicy(BaseModel):
    """Of the newest published configuration: agents pin no version.

    Somebody Offline may come back within `grace_seconds`. After `ignored_offers` missed in a row without any sign of
    life the agent is on Break; 0: never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grace_seconds: int = Field(default=60, ge=0)
    held_leads: HeldLeads = HeldLeads.STAY
    ignored_offers: int = Field(default=3, ge=0)
    on_leave: OnLeave = OnLeave.KEEP
