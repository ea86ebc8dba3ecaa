"""What a lead's life should look like, said a second time and more simply: who has it, in which state, since when.

The model knows nothing of rows. It says for each command what may come of it, as a refusal or as the leads that may
follow; the machine compares that with the database. Where routing has a choice there are several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

Refused = NewType("Refused", str)
"""The code of a refusal that is expected."""

WINDOW = timedelta(seconds=300)
RETRY = timedelta(seconds=600)
RAISE = timedelta(seconds=900)
LAST = timedelta(days=30)
DAY = timedelta(days=1)
PAUSE = timedelta(days=14)
MOVES = 1
"""Missed windows after which a lead is escalated."""
OTHER_MOVES = 2
"""Moves without a breach after which it is."""
LEVELS = 2

LIVE = frozenset({"offered", "claimed", "attempting"})
HELD = frozenset({"claimed", "attempting", "contacted"})


@dataclass(frozen=True, kw_only=True)
class Debt:
    """The agent who lost the lead, while nobody has it: `missed` names the window, else it was given up."""

    agent: UUID
    missed: str | None = None
    returned: bool = False


@dataclass(frozen=True, kw_only=True)
class Past:
    """An assignment: whose it was, and its contact window."""

    agent: UUID
    began: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What the model holds of a lead; `seen` is compared with the row after every step."""

    id: UUID
    state: str
    seq: int = 1
    epoch: int = 0
    agent: UUID | None = None
    wake_at: datetime | None = None
    rows: int = 0
    scored: bool = False
    attempted: bool = False
    debt: Debt | None = None
    moves: int = 0
    other_moves: int = 0
    level: int = 0
    closed_at: datetime | None = None
    past: Mapping[int, Past] = field(default_factory=dict)
    paused_at: datetime | None = None
    due: datetime | None = None

    @property
    def owner(self) -> UUID | None:
        """Whoever takes a live slot for it."""
        return self.agent if self.state in LIVE else None

    @property
    def window(self) -> bool:
        """True while a claim or contact window, or an escalation's, runs."""
        return self.state in ("offered", "claimed", "escalated")

    def seen(self) -> tuple[object, ...]:
        """What is compared with the row."""
        return (self.state, self.seq, self.epoch, self.agent, self.wake_at, self.rows)


def paused(lead: Lead, now: datetime, until: datetime | None) -> Lead:
    """Its clock stands still until then, or for a fortnight; a second pause changes the end only."""
    return step(
        lead,
        paused_at=lead.paused_at or now,
        due=lead.due or lead.wake_at,
        wake_at=until or now + PAUSE,
    )


def resumed(lead: Lead, now: datetime) -> Lead:
    """Its clock runs again: a window has what was left of it, the rest is later by the pause. No transition yet."""
    assert lead.paused_at is not None
    assert lead.due is not None
    wake_at = now + max(lead.due - lead.paused_at, timedelta())
    if lead.state == "queued":
        wake_at = now
    elif lead.state in ("attempting", "contacted"):
        wake_at = lead.due + (now - lead.paused_at)
    past = dict(lead.past)
    if lead.state == "claimed":
        past[lead.epoch] = replace(past[lead.epoch], due=wake_at)
    return replace(lead, paused_at=None, due=None, wake_at=wake_at, past=past)


Expected = Refused | list[Lead]
"""A refusal, or what may follow; the lead itself as the only one means that nothing changes."""

FORBIDDEN = Refused("Forbidden")
WRONG_STATE = Refused("WrongState")
NOT_ELIGIBLE = Refused("NotEligible")
STALE = Refused("StaleOffer")
FULL = Refused("AtCapacity")


def step(lead: Lead, **changes: object) -> Lead:
    """The lead after one more transition."""
    return replace(lead, seq=lead.seq + 1, **changes)  # type: ignore[arg-type]


def paid(lead: Lead, to: UUID) -> Lead:
    """The next agent is known: one row when it is another one than before; a missed window counts."""
    owed = lead.debt
    if owed is None:
        return lead
    counts = owed.missed is not None and lead.state != "escalated"
    return replace(lead, debt=None, rows=lead.rows + (owed.agent != to), moves=lead.moves + counts)


def held(lead: Lead, agent: UUID, now: datetime, *, epoch: int) -> Lead:
    """Claimed: by the agent, with a fresh contact window."""
    past = {**lead.past, epoch: Past(agent=agent, began=now, due=now + WINDOW)}
    return step(
        lead, state="claimed", agent=agent, epoch=epoch, wake_at=now + WINDOW, attempted=False, past=past, debt=None
    )


def offered(lead: Lead, agent: UUID, now: datetime) -> Lead:
    """Offered to the agent, with a fresh claim window."""
    past = {**lead.past, lead.epoch + 1: Past(agent=agent)}
    return step(
        paid(lead, agent),
        state="offered",
        agent=agent,
        epoch=lead.epoch + 1,
        wake_at=now + WINDOW,
        attempted=False,
        past=past,
    )


def routed(lead: Lead, pool: Iterable[UUID], barred: frozenset[UUID], now: datetime) -> list[Lead]:
    """Offered to somebody who is free and never had it; else to an earlier one; else it waits."""
    free = [agent for agent in pool if agent not in barred]
    earlier = {past.agent for past in lead.past.values()}
    wanted = [agent for agent in free if agent not in earlier] or free
    if wanted:
        return [offered(lead, agent, now) for agent in wanted]
    return [step(lead, state="queued", agent=None, wake_at=now + RETRY)]


def escalated(lead: Lead, now: datetime) -> list[Lead]:
    """Nobody's any more, and anybody's to claim."""
    counts = lead.debt is not None and lead.debt.missed is not None and lead.state != "escalated"
    return [
        step(
            lead,
            state="escalated",
            agent=None,
            epoch=lead.epoch + 1,
            wake_at=now + RAISE,
            level=1,
            attempted=False,
            moves=lead.moves + counts,
        )
    ]


def given_up(lead: Lead, debt: Debt, pool: Iterable[UUID], barred: frozenset[UUID], now: datetime) -> list[Lead]:
    """Moved on without a breach; the epoch moves on even when the lead has to wait."""
    leaving = replace(lead, debt=debt, other_moves=lead.other_moves + 1)
    if lead.other_moves >= OTHER_MOVES:
        return escalated(leaving, now)
    return [replace(one, epoch=lead.epoch + 1) for one in routed(leaving, pool, barred, now)]


def unwilling(lead: Lead) -> frozenset[UUID]:
    """Whoever gave a waiting lead back."""
    return frozenset({lead.debt.agent}) if lead.debt is not None and lead.debt.returned else frozenset()
