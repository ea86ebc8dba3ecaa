"""Sets the stage for a run: people, short windows, an identity for its leads."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from db.repositories.configurations import latest_version, publish_configuration, read_configuration
from db.session import Engines, admin_transaction
from domain.configuration import Configuration
from services.demo_people import demo_people
from services.seed import seed

# Every run plays the same numbers and addresses, and each time they are other people.
_STRANGERS = {"default": "new", "window_days": 0}
# Some of its people ignore leads on purpose, and nobody is there to set them to Available again.
_PATIENT = {"ignored_offers": 0}


def run_name(at: datetime) -> str:
    """A name that no other run has; its leads' external ids begin with it and a dash."""
    return f"demo-{at:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


async def read_strategy(engines: Engines) -> dict[str, Any] | None:
    """The strategy as the configuration of new leads writes it; None when it leaves it to the default."""
    async with admin_transaction(engines.admin) as connection:
        body = await read_configuration(connection, await latest_version(connection)) or {}
    return body.get("strategy")


async def set_stage(
    engines: Engines, *, agents: int, window: float, at: datetime, strategy: dict[str, Any] | None = None
) -> UUID:
    """Seed the demo's people and publish windows of `window` seconds; returns the admin's id. Idempotent.

    Customers of an earlier run are strangers: they are not joined and have no owner. `strategy` is published too, an
    empty one is the default. What else is configured stays as it is, and nothing is published when all of this is
    right already.
    """
    await seed(engines.admin, at=at, demo_agents=agents)
    admin = next(person.id for person in demo_people(agents) if person.role == "admin")
    async with admin_transaction(engines.admin) as connection:
        version = await latest_version(connection)
        body = await read_configuration(connection, version) or {}
        seconds = round(window)
        windows = {"claim_seconds": seconds, "contact_seconds": seconds}
        wanted = {**body, "sla": {**body.get("sla", {}), **windows}, "duplicates": _STRANGERS, "presence": _PATIENT}
        if strategy is not None:
            wanted.pop("strategy", None)
            wanted |= {"strategy": strategy} if strategy else {}
        if wanted != body:
            Configuration.model_validate(wanted)
            await publish_configuration(connection, wanted, f"demo: windows of {seconds} s", admin)
    return admin
