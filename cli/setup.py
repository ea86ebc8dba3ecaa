"""`baton setup`: what the embedded stack needs beyond Python packages."""

from __future__ import annotations

import os
import threading

import typer

from cli.output import StepPrinter, fail, note
from cli.stop_signal import until_stopped

app = typer.Typer()


@app.command()
def setup() -> None:
    """Find, download or build the Temporal server and its UI, in the per-user cache. Quick the second time.

    With TEMPORAL_ADDRESS set nothing is installed: that server's version is checked, and the namespace
    (TEMPORAL_NAMESPACE, else `default`) and the search attributes are registered there.
    """
    from workers.stack.cache import Cache
    from workers.stack.errors import StackCancelledError, StackError
    from workers.stack.steps import Steps
    from workers.stack.temporal_options import TemporalOptions
    from workers.stack.temporal_program import Kind, UnusableError
    from workers.stack.temporal_server import meet
    from workers.stack.temporal_source import TemporalSource

    cancel = threading.Event()
    printer = StepPrinter()
    address = os.environ.get("TEMPORAL_ADDRESS")
    steps = Steps(printer.begin, printer.end)
    source = TemporalSource(Cache.from_environment(), steps, cancel)
    with until_stopped(cancel.set):
        try:
            with printer:
                if address:
                    with steps.step(f"prepare Temporal at {address}"):
                        meet(
                            address,
                            TemporalOptions(os.environ.get("TEMPORAL_NAMESPACE") or "default"),
                            cancel,
                        )
                    return
                program = source.server()
                if program.kind is Kind.SERVER:
                    try:
                        source.ui()
                    except UnusableError as reason:
                        note(f"Going on without the Temporal UI: {reason}")
        except StackCancelledError:
            fail("Stopped; the next `make setup` goes on.", code=130)
        except StackError as error:
            fail(str(error))
    note(f"Temporal: server {program.version}, {program.path}")
