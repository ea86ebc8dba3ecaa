"""`make bench`: play lives on the embedded stack and write bench/results/lifecycle.json."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console

from bench.lifecycle import Load, measure
from bench.run import leave, record, stack_place
from workers.stack import EmbeddedStack, Part


async def run(load: Load, place: Path) -> dict[str, object]:
    """One run on a stack of its own."""
    console = Console(stderr=True, highlight=False)
    stack = EmbeddedStack(place, parts=(Part.POSTGRES, Part.TEMPORAL, Part.MIGRATE, Part.WORKER))
    async with stack:
        parts = {part: stack.pid(part) for part in (Part.WORKER, Part.TEMPORAL, Part.POSTGRES)} | {"edge": os.getpid()}
        return await measure(stack.endpoints, parts, load, lambda text: console.print(f"[dim]…[/] {text}"))


def main() -> None:
    """Run, write, show."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else Load.leads
    with stack_place() as place:
        figures = asyncio.run(run(Load(leads=leads), place))
    record("lifecycle", figures, as_json=True)
    leave()


if __name__ == "__main__":
    main()
