"""What a decision can be: a transition, nothing to do, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.configuration import Configuration
from domain.contact import Channel, ContactResult, Direction
from domain.customer.zone import CustomerZone, ZoneSource
from domain.ids import AgentId, HistoryId
from domain.lifecycle.commands import Command, Outcome
from domain.lifecycle.lead import Lead
from domain.lifecycle.plan import AT_ONCE, RoutePlan
from domain.lifecycle.state import EventType, OfferKind, OfferStatus, Reason
from domain.queue import QueueType
from domain.sla.clock import SlaClock
from domain.sla.outage import Outage
from domain.sla.policy import SlaPolicy


class RefusalCode(StrEnum):
    """Documented codes of a refusal; the API and the workflow use the same words."""

    NOT_FOUND = "NotFound"
    ALREADY_CLAIMED = "AlreadyClaimed"
    STALE_OFFER = "StaleOffer"
    NOT_ELIGIBLE = "NotEligible"
    AT_CAPACITY = "AtCapacity"
    WRONG_STATE = "WrongState"
    FORBIDDEN = "Forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Nothing to do: a repeat by the holder, or a timer whose window is gone. A success for the caller."""

    lead: Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of RoutingEvent. `data` holds ids, codes and numbers only."""

    type: EventType
    agent: AgentId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOpened:
    """A new offer, and with it a new assignment: one row each in lead_offers and LeadRoutingHistory.

    Of kind broadcast it is the assignment only: the claimer's invitation is its row in lead_offers, and `invited` is
    how many could have claimed.
    """

    agent: AgentId
    epoch: int
    kind: OfferKind
    status: OfferStatus
    claim_expires_at: datetime | None
    contact_expires_at: datetime | None = None
    invited: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A step of a broadcast: one row in lead_offers for each of the agents, who may claim until `claim_expires_at`.

    That is the end of the whole round; the step ends earlier.
    """

    agents: tuple[AgentId, ...]
    epoch: int
    step: int
    claim_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An agent's open invitation in the running step; `since` is the epoch in which this round first invited it.

    `is_limited` is known of whoever acts now: more than the two caps of live and held leads bounds the agent.
    """

    agent: AgentId
    since: int
    claim_expires_at: datetime
    is_limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChanged:
    """New values of an existing offer's columns, found by agent and epoch.

    Without an agent it is every invitation of that epoch that is open. `ended` fills the outcome columns of the
    assignment's history row, once.
    """

    agent: AgentId | None
    epoch: int
    changes: Mapping[str, Any]
    ended: bool = False
    converted: bool | None = None
    quality: int | None = None
    feedback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a command was not carried out. `message` is for people and holds no personal data.

    `changed` is written although the command is refused: a claim that was sent in time excuses its offer's breach.
    """

    code: RefusalCode
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[OfferChanged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentRow:
    """One row of crm_lead_reassignments."""

    from_agent: AgentId | None
    to_agent: AgentId
    by: AgentId
    reason: Reason
    notes: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The lead at its new place, and what has to be written for it."""

    after: Lead
    events: tuple[Event, ...]
    opened: OfferOpened | None = None
    changed: tuple[OfferChanged, ...] = ()
    reassignment: ReassignmentRow | None = None
    queue: QueueType | None = None
    invited: Invited | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One row of contact_attempts: whose attempt it was, and when it happened."""

    agent: AgentId
    epoch: int
    channel: Channel
    direction: Direction
    result: ContactResult
    occurred_at: datetime
    received_at: datetime
    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Everything one commit writes. Load changes follow from `before` and `after`; `queue` is where it waits now."""

    command: Command
    at: datetime
    before: Lead
    after: Lead
    events: tuple[Event, ...] = ()
    opened: OfferOpened | None = None
    changed: tuple[OfferChanged, ...] = ()
    reassignment: ReassignmentRow | None = None
    attempt: Attempt | None = None
    outcome: Outcome | None = None
    queue: QueueType | None = None
    invited: Invited | None = None
    late_fact: bool = False
    extension: bool = False
    overruled: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The ledger's word for it: the command's, unless it became something else.

        `late_fact` is what became known after the end, `extend` a window that was moved instead of missed.
        """
        if self.late_fact:
            return "late_fact"
        return "extend" if self.extension else self.command.kind

    @property
    def load_changes(self) -> dict[AgentId, int]:
        """Live slots taken (+1) and freed (-1); empty when the same agent keeps its slot."""
        old, new = self.before.live_agent, self.after.live_agent
        if old == new:
            return {}
        changes: dict[AgentId, int] = {}
        if old is not None:
            changes[old] = -1
        if new is not None:
            changes[new] = 1
        return changes


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffer:
    """An assignment that is over, as lead_offers keeps it."""

    agent: AgentId
    epoch: int
    claim_expires_at: datetime | None
    contact_started_at: datetime | None
    contact_expires_at: datetime | None
    claim_breached: bool
    contact_breached: bool
    first_action_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a decision may look at besides the lead.

    `now` is the Clock under the row's lock. `candidate` is the agent that routing would offer the lead to, and
    `history_id` the identity of the assignment if this decision opens one. `past_offer` is the giver's own earlier
    offer that the command answers, when the lead has moved on since. For a broadcast `ranked` are the agents that
    routing would invite at `step`, best first, and `invitations` those that are open. `outages` are the times during
    which no agent could act. `target` is the configuration on which a migration lays the running window.
    """

    now: datetime
    configuration: Configuration
    history_id: HistoryId
    candidate: AgentId | None = None
    plan: RoutePlan = AT_ONCE
    past_offer: PastOffer | None = None
    step: int = 1
    ranked: tuple[AgentId, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    outages: tuple[Outage, ...] = ()
    target: Configuration | None = None

    def sla(self, lead: Lead) -> SlaPolicy:
        """The policy for the lead's next window: the one a rule chose for it, else the configuration's own."""
        return self.configuration.policy(lead.policy)

    def clock(self, lead: Lead) -> SlaClock:
        """That policy on its calendar, and on the customer's own clock."""
        zone = CustomerZone(zones=lead.customer_zones, taken_from=ZoneSource.UNKNOWN)
        return self.configuration.clock(self.sla(lead), customer=zone, state=lead.customer_state)


Decided = Transition | Unchanged | Refusal
