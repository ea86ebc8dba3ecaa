"""A process that holds a stack until SIGTERM: `python -m tests.stack.run_stack DATA_DIR PART…`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from workers.stack import EmbeddedStack


def main() -> None:
    """Start, print the addresses as one line of JSON, wait for the signal, stop."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stack = EmbeddedStack(Path(sys.argv[1]), parts=sys.argv[2:], install=False)
    stack.start()
    sys.stdout.write(stack.endpoints.model_dump_json() + "\n")
    sys.stdout.flush()
    stopped.wait()
    stack.stop()
    # See cli.main: the Temporal SDK may abort the interpreter while it is taken down.
    os._exit(0)


if __name__ == "__main__":
    main()
