"""The lead as the Temporal UI shows it, in Markdown."""

from __future__ import annotations

from workflows.messages import LeadSnapshot


def details_of(snapshot: LeadSnapshot) -> str:
    """State, owner and deadline as last told; the row in Postgres is the truth."""
    lines = [f"**{snapshot.state}**" + (f" · {snapshot.close_reason}" if snapshot.close_reason else "")]
    lines.append(f"Agent: `{snapshot.agent}`" if snapshot.agent else "Agent: nobody")
    due_at = snapshot.window_due_at
    if snapshot.paused and snapshot.wake_at is not None:
        lines.append(f"Paused until {snapshot.wake_at:%Y-%m-%d %H:%M:%S} UTC")
    elif due_at is not None:
        lines.append(f"Window ends: {due_at:%Y-%m-%d %H:%M:%S} UTC")
    elif snapshot.wake_at is not None:
        lines.append(f"Next look: {snapshot.wake_at:%Y-%m-%d %H:%M:%S} UTC")
    lines.append(f"Assignment {snapshot.epoch}, as last told, seq {snapshot.seq}")
    return "\n\n".join(lines)
