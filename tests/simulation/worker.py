"""What the lead's workflow would do next, so that a test can do it at the wrong time, twice, or from old news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Breach, Command, EndPause, Expire, RecordScore, Remind, Route
from domain.lifecycle.state import LifecycleState
from domain.tier import Tier
from workflows.messages import LeadSnapshot, Turn


@dataclass(frozen=True, kw_only=True)
class Work:
    """One activity with its input, as Temporal may deliver it any number of times."""

    name: str
    turn: Turn

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it the same work, whenever it is scheduled: it is done once."""
        return self.name, self.turn.lead_id, self.turn.seen, self.turn.epoch, self.turn.due_at

    @property
    def command(self) -> Command | None:
        """What it asks of the lead; None when it only looks."""
        turn = self.turn
        common = {"command_id": "of-time", "actor": SYSTEM, "received_at": turn.now}
        match self.name:
            case "score":
                return RecordScore(**common, score=0.0, tier=Tier.TIER4)
            case "route":
                return Route(**common)
            case "reassign" if turn.due_at is not None:
                return Breach(**common, epoch=turn.epoch, due_at=turn.due_at)
            case "expire" if turn.due_at is not None:
                return Expire(**common, due_at=turn.due_at)
            case "remind" if turn.due_at is not None:
                return Remind(**common, epoch=turn.epoch, due_at=turn.due_at)
            case "resume" if turn.due_at is not None:
                return EndPause(**common, due_at=turn.due_at)
            case _:
                return None


def next_work(lead_id: LeadId, snapshot: LeadSnapshot | None, seen: int, now: datetime) -> Work:
    """The activity that a workflow with this snapshot schedules now; without one it reads the row."""
    name, due_at = "read", None
    if snapshot is None:
        pass
    elif snapshot.closed:
        name = "finish"
    elif snapshot.next_at is None or snapshot.next_at > now:
        name = "read"
    elif snapshot.wake_at is None or snapshot.wake_at > now:
        name, due_at = "remind", snapshot.remind_at
    elif snapshot.paused:
        name, due_at = "resume", snapshot.wake_at
    elif snapshot.state is LifecycleState.RECEIVED and not snapshot.scored:
        name = "score"
    elif snapshot.state in (LifecycleState.RECEIVED, LifecycleState.QUEUED):
        name, due_at = "route", snapshot.wake_at
    elif snapshot.window_due_at is not None:
        name, due_at = "reassign", snapshot.window_due_at
    else:
        name, due_at = "expire", snapshot.wake_at
    epoch = snapshot.epoch if snapshot is not None else 0
    return Work(name=name, turn=Turn(lead_id=lead_id, seen=seen, now=now, epoch=epoch, due_at=due_at))
