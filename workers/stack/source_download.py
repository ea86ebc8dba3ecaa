"""The Temporal command line tool as the SDK downloads it, for machines with internet and no Go."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import urllib.error
import urllib.request
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from workers.stack.cache import Cache
from workers.stack.temporal_program import Kind, TemporalProgram, UnusableError, examine

_HOST = "https://temporal.download/"
_PROBE_SECONDS = 2.0
_DOWNLOAD_SECONDS = 300.0


@lru_cache(maxsize=1)
def unreachable() -> str | None:
    """Why the vendor's download host cannot be used, or None when it answers within two seconds."""
    try:
        with urllib.request.urlopen(urllib.request.Request(_HOST, method="HEAD"), timeout=_PROBE_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        # Any answer of the host itself will do, except a gateway that turns us away.
        return f"{_HOST} answers {error.code}" if error.code in (403, 407, 502, 503, 504) else None
    except (OSError, ValueError) as error:
        return f"{_HOST} cannot be reached ({getattr(error, 'reason', error)})"


def download(cache: Cache) -> TemporalProgram:
    """Have the SDK fetch its tool and keep it in the cache. Raises UnusableError when that does not work."""
    if reason := unreachable():
        raise UnusableError(reason)
    cache.programs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.root, prefix="download-") as place:
        try:
            asyncio.run(asyncio.wait_for(_fetch(place), _DOWNLOAD_SECONDS))
        except (RuntimeError, OSError, TimeoutError) as error:
            raise UnusableError(f"the SDK's download failed ({error or 'time limit'})") from error
        tools = [path for path in Path(place).iterdir() if path.is_file()]
        if not tools:
            raise UnusableError("the SDK's download left no program")
        examine(Kind.CLI, tools[0])
        shutil.move(tools[0], cache.temporal_cli)
    return examine(Kind.CLI, cache.temporal_cli)


async def _fetch(place: str) -> None:
    environment = await WorkflowEnvironment.start_local(
        download_dest_dir=place, dev_server_startup_timeout=timedelta(seconds=30)
    )
    await environment.shutdown()
