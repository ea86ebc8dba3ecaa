"""Commands: what people, time and routing ask of a lead.

A command is a message: it crosses from the API, from signals and from activities. `command_id` makes it
idempotent: the same id with the same body is answered with the first answer, with another body it is a conflict.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.contact import Channel, ContactResult, Direction
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.state import CloseReason, Reason
from domain.queue import QueueType
from domain.tier import Tier

Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]
"""A short machine-readable reason; free text belongs in notes, never in an audit row."""


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str = Field(min_length=1, max_length=300)
    actor: Actor
    received_at: AwareDatetime

    def body_hash(self) -> str:
        """Digest of what is asked, whoever asks, when and through which door: equal for a repeat."""
        body = self.model_dump_json(exclude={"command_id", "received_at", "actor"} | self._unasked())
        return hashlib.sha256(body.encode()).hexdigest()

    def _unasked(self) -> set[str]:
        """Further fields that are no part of what is asked."""
        return set()


class Claim(_Command):
    """The caller takes the lead. `epoch` is the offer it answers; None means the current one."""

    kind: Literal["claim"] = "claim"
    epoch: int | None = None


class Decline(_Command):
    """The agent says no to its offer."""

    kind: Literal["decline"] = "decline"
    epoch: int | None = None
    code: Code = "unspecified"


class Contact(_Command):
    """Evidence of an attempt to reach the customer. `external_id` makes a call or message count once.

    `agent` is whose attempt it was, where another system or a supervisor says so; without it the holder's.
    """

    kind: Literal["contact"] = "contact"
    agent: AgentId | None = None
    epoch: int | None = None
    channel: Channel = Channel.CALL
    direction: Direction = Direction.OUTBOUND
    result: ContactResult = ContactResult.CONNECTED
    occurred_at: AwareDatetime | None = None
    external_id: str | None = Field(default=None, max_length=200)

    @property
    def made_by(self) -> AgentId | None:
        """Whose attempt it was; None when the giver does not say, as another system may."""
        if self.agent is not None:
            return self.agent
        return self.actor.agent_id if self.actor.role is Role.AGENT else None

    def _unasked(self) -> set[str]:
        # Keys used before there was an `agent` stay good.
        return {"agent"} if self.agent is None else set()


class Outcome(_Command):
    """How it ended. Minutes are minutes, value is money in the organisation's currency, quality 0..100."""

    kind: Literal["outcome"] = "outcome"
    result: CloseReason
    reason: Code | None = None
    value: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    handling_minutes: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cross_sell: bool = False
    upsell: bool = False
    repeat_customer: bool = False
    quality: int | None = Field(default=None, ge=0, le=100)


class Complete(_Command):
    """An incomplete lead now has a phone or an e-mail. In `customer_zones` the customer may be, by that phone."""

    kind: Literal["complete"] = "complete"
    customer_zones: tuple[str, ...] = ()

    def _unasked(self) -> set[str]:
        # The zones follow from the phone, which is not part of it either.
        return {"customer_zones"}


class Release(_Command):
    """The holder, or a supervisor, gives the lead back to routing."""

    kind: Literal["release"] = "release"
    code: Code


class Reassign(_Command):
    """A supervisor gives the lead to an agent, who holds it as claimed.

    `force` overrules the filters that speak against the agent; which ones is recorded.
    """

    kind: Literal["reassign"] = "reassign"
    to_agent: AgentId
    reason: Reason | None = None
    force: bool = False


class Withdraw(_Command):
    """The lead is stopped: the customer or the source took it back."""

    kind: Literal["withdraw"] = "withdraw"
    code: Code = "unspecified"


class Restart(_Command):
    """Back to routing with counters reset."""

    kind: Literal["restart"] = "restart"


class AgentGone(_Command):
    """The agent of this epoch went away; the lead moves on without a breach."""

    kind: Literal["agent_gone"] = "agent_gone"
    epoch: int


class RecordScore(_Command):
    """Routing's: the score and tier of a received lead; `explanation` holds the profile and each factor."""

    kind: Literal["score"] = "score"
    score: float = Field(ge=0, le=100)
    tier: Tier
    explanation: dict[str, Any] = Field(default_factory=dict)

    def body_hash(self) -> str:
        """The same for every repeat: one made after the first was committed scores facts that have moved on."""
        return hashlib.sha256(self.kind.encode()).hexdigest()


class Rescore(_Command):
    """Routing's: the score of a waiting lead whose facts have changed."""

    kind: Literal["rescore"] = "rescore"
    score: float = Field(ge=0, le=100)
    tier: Tier
    explanation: dict[str, Any] = Field(default_factory=dict)


class MoveToHot(_Command):
    """Time's: the lead has waited too long in `from_queue`.

    `stale` says that it is old and has hardly been tried; whether its queue SLA is over the lead knows itself.
    """

    kind: Literal["move_to_hot"] = "move_to_hot"
    from_queue: QueueType
    stale: bool = False


class Route(_Command):
    """Routing's: offer the lead, or queue it when nobody is eligible.

    `only_offer` leaves a waiting lead untouched when nobody is: the drain tries often and would fill the ledger.
    """

    kind: Literal["route"] = "route"
    only_offer: bool = False


class Breach(_Command):
    """Time's: the window of `epoch` that was due at `due_at` was missed."""

    kind: Literal["breach"] = "breach"
    epoch: int
    due_at: AwareDatetime


class Expire(_Command):
    """Time's: the life's last deadline passed without an outcome."""

    kind: Literal["expire"] = "expire"
    due_at: AwareDatetime


class Park(_Command):
    """Routing's: a failure that cannot be cured now; tried again later, visible meanwhile."""

    kind: Literal["park"] = "park"
    code: Code


class MigrateConfiguration(_Command):
    """A supervisor pins the lead to another published version of the configuration.

    That the version is published is the giver's to know. With `windows` the running window is laid on the hours and
    the policy of that version.
    """

    kind: Literal["migrate"] = "migrate"
    version: int = Field(ge=1)
    windows: bool = False


class Pause(_Command):
    """The lead's clock stops, until `until` or until somebody resumes it; the policy bounds how long."""

    kind: Literal["pause"] = "pause"
    code: Code
    until: AwareDatetime | None = None


class Snooze(_Command):
    """The holder puts a customer off who was reached or tried: the lead is back at `until`."""

    kind: Literal["snooze"] = "snooze"
    until: AwareDatetime
    code: Code = "snoozed"


class Resume(_Command):
    """The clock goes on with the working time that was left."""

    kind: Literal["resume"] = "resume"


class EndPause(_Command):
    """Time's: the pause that was to end at `due_at` is over."""

    kind: Literal["end_pause"] = "end_pause"
    due_at: AwareDatetime


class Remind(_Command):
    """Time's: the warning or the next try of this epoch that was due at `due_at`."""

    kind: Literal["remind"] = "remind"
    epoch: int
    due_at: AwareDatetime


class Extend(_Command):
    """Time's: an outage is over during which nobody could act; running windows get that time back."""

    kind: Literal["extend"] = "extend"


PersonCommand = (
    Claim | Decline | Contact | Outcome | Complete | Release | Reassign | Withdraw | Restart | Pause | Snooze | Resume
)
TimeCommand = (
    AgentGone | RecordScore | Rescore | MoveToHot | Route | Breach | Expire | Park | EndPause | Remind | Extend
)
Command = PersonCommand | TimeCommand | MigrateConfiguration
# Whatever asks routing for the next agent.
ROUTING = (Route, Breach, Decline, Release, AgentGone, Restart)


def person_command_id(actor: Actor, given: str) -> str:
    """Identity of a person's command, the same through every door.

    Each person has ids of its own, other systems share theirs: nobody can use up the id of somebody else's
    command, least of all one of time's.
    """
    giver = str(actor.role) if actor.role is Role.SERVICE else str(actor.id)
    return f"by:{giver}:{given}"


def time_command_id(lead: object, kind: str, epoch: int, due_at: datetime | None) -> str:
    """Identity of what time does: the same window gives the same id, however often it is tried."""
    due = due_at.isoformat() if due_at else "-"
    return f"{lead}:{kind}:{epoch}:{due}"
