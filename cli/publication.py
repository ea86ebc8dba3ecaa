"""Publishing a plan as an admin: what `apply` and both `rollback` commands do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.administration import Administration, administration, failures

if TYPE_CHECKING:
    from services.publishing import Outcome, Plan


def publish_plan(
    data_dir: Path,
    by: str,
    make: Callable[[Administration], Awaitable[Plan]],
    *,
    kind: str = "publish",
    why: str | None,
    force: bool,
) -> tuple[Plan, Outcome]:
    """Make a plan and publish it as the admin with the e-mail `by`. What goes wrong ends with exit code 1."""

    async def run() -> tuple[Plan, Outcome]:
        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            made = await make(admin)
            return made, await admin.publishing.apply(made, actor, kind=kind, note=why, force=force)

    with failures():
        return asyncio.run(run())
