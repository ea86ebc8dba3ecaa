"""`make bench`: play lives on the embedded stack and write bench/results/lifecycle.json."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.lifecycle import Load, measure
from workers.stack import EmbeddedStack, Part
from workers.stack.data_dir import DataDir

RESULT = Path(__file__).parent / "results" / "lifecycle.json"


async def run(load: Load, place: Path) -> dict[str, object]:
    """One run on a stack of its own."""
    console = Console(stderr=True, highlight=False)
    stack = EmbeddedStack(place / "data", parts=(Part.POSTGRES, Part.TEMPORAL, Part.MIGRATE, Part.WORKER))
    async with stack:
        parts = {part: stack.pid(part) for part in (Part.WORKER, Part.TEMPORAL, Part.POSTGRES)} | {"edge": os.getpid()}
        figures = await measure(stack.endpoints, parts, load, lambda text: console.print(f"[dim]…[/] {text}"))
    DataDir(place / "data").remove()
    return figures


def main() -> None:
    """Run, write, show."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else Load.leads
    # Readable for the account that Postgres runs under, unlike a directory of mkdtemp.
    place = Path(tempfile.mkdtemp(prefix="baton-bench-"))
    place.chmod(0o755)
    figures = asyncio.run(run(Load(leads=leads), place))
    place.rmdir()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    sys.stdout.flush()
    # The SDK's threads can abort the interpreter at its end; see cli.main.
    os._exit(0)


if __name__ == "__main__":
    main()
