"""What one happy life costs in counts: statements, workflow tasks, events. They do not depend on the machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from bench.offers import Offers
from bench.player import Player
from db.session import Engines
from domain.ids import workflow_id
from services.clock import SystemClock
from workers.wiring import wire
from workers.worker import make_worker

_QUEUE = "bench-counts"
_LIVES = 5
_PAUSE_SECONDS = 0.4


@dataclass(frozen=True)
class Counts:
    """Averages per life; statements include BEGIN, COMMIT and savepoints."""

    statements: float
    workflow_tasks: int
    events: int


async def count_life(engines: Engines, client: Client, offers: Offers) -> Counts:
    """Play a few lives one after the other with a worker in this process, and count."""
    services = wire(engines, client, SystemClock(), task_queue=_QUEUE)
    sent: Counter[str] = Counter()
    engine = engines.service.sync_engine

    def note(*_: Any) -> None:
        sent["all"] += 1

    names = ("before_cursor_execute", "begin", "commit", "savepoint", "release_savepoint")
    for name in names:
        event.listen(engine, name, note)
    try:
        async with services.telling, make_worker(client, services, task_queue=_QUEUE):
            player = Player(services, client, offers)
            lives = [await player.life(pause=_PAUSE_SECONDS) for _ in range(_LIVES)]
    finally:
        for name in names:
            event.remove(engine, name, note)
    history = await client.get_workflow_handle(workflow_id(lives[-1])).fetch_history()
    types = Counter(EventType.Name(entry.event_type) for entry in history.events)
    return Counts(
        statements=sent["all"] / _LIVES,
        workflow_tasks=types["EVENT_TYPE_WORKFLOW_TASK_COMPLETED"],
        events=sum(types.values()),
    )
