"""Stored histories of lead workflows: what was decided once has to be decided the same by today's code.

`BATON_RECORD=1 python -m pytest tests/e2e` adds the histories of every scenario that replays itself. A recorded
history is never changed: workflows like it may still be running somewhere. Each is kept with the fingerprint of its
commands, so that a file that was cut short is noticed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

PLACE = Path(__file__).parent / "corpus"
FINGERPRINTS = PLACE / "fingerprints.json"
_COMMANDS = frozenset(
    {
        "ACTIVITY_TASK_SCHEDULED",
        "TIMER_STARTED",
        "TIMER_CANCELED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
        "WORKFLOW_EXECUTION_COMPLETED",
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
    }
)


def commands_of(history: WorkflowHistory) -> list[str]:
    """What the workflow asked of the server, in order: activities by name, timers, search attributes, its end."""
    asked: list[str] = []
    for event in history.events:
        kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        if kind not in _COMMANDS:
            continue
        activity = event.activity_task_scheduled_event_attributes.activity_type.name
        asked.append(f"{kind} {activity}".strip())
    return asked


def fingerprint(history: WorkflowHistory) -> str:
    """A digest of `commands_of`."""
    return hashlib.sha256("\n".join(commands_of(history)).encode()).hexdigest()[:16]


def record(name: str, history: WorkflowHistory) -> None:
    """Keep a history under a new name; one that is there stays as it is."""
    PLACE.mkdir(exist_ok=True)
    name = re.sub(r"[^a-z0-9_]+", "-", name).strip("-")
    target = PLACE / f"{name}.json.gz"
    if target.exists():
        return
    # Without a time of its own the same history makes the same file.
    target.write_bytes(gzip.compress(history.to_json().encode(), mtime=0))
    known = json.loads(FINGERPRINTS.read_text()) if FINGERPRINTS.exists() else {}
    known[name] = fingerprint(history)
    FINGERPRINTS.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


def stored() -> Iterator[tuple[str, WorkflowHistory]]:
    """Every history by its name."""
    for path in sorted(PLACE.glob("*.json.gz")):
        name = path.name.removesuffix(".json.gz")
        yield name, WorkflowHistory.from_json(name, gzip.decompress(path.read_bytes()).decode())
