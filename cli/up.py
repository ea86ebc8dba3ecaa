"""`baton up`: the embedded stack in the foreground."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.output import StepPrinter, addresses, console, fail, note
from cli.stop_signal import until_stopped

app = typer.Typer()


@app.command()
def up(
    data_dir: Annotated[
        Path, typer.Option(envvar="BATON_DATA_DIR", help="Keeps databases, logs, passwords and ports.")
    ] = Path(".baton"),
    ui: Annotated[bool, typer.Option("--ui/--no-ui", help="Also run the Temporal UI.")] = True,
    with_console: Annotated[bool, typer.Option("--console/--no-console", help="Also run the web console.")] = True,
    servers_only: Annotated[
        bool,
        typer.Option("--servers-only", help="Only Postgres and Temporal, migrated; no process of Baton."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the addresses (with passwords) as JSON on standard output.")
    ] = False,
) -> None:
    """Start Postgres, Temporal, the worker, the API and the console; Ctrl-C stops them all.

    TEMPORAL_ADDRESS and DATABASE_URL (with DATABASE_OWNER_URL) replace the embedded servers. A second start
    on the same directory goes on where the first one stopped.
    """
    from workers.stack import EmbeddedStack, Part, StackCancelledError, StackError, TemporalOptions

    started = time.monotonic()
    printer = StepPrinter()
    stack = EmbeddedStack(
        data_dir,
        temporal_address=os.environ.get("TEMPORAL_ADDRESS") or None,
        database_url=os.environ.get("DATABASE_URL") or None,
        database_owner_url=os.environ.get("DATABASE_OWNER_URL") or None,
        processes=not servers_only,
        parts=set(Part) - ({Part.UI} if not ui else set()) - ({Part.CONSOLE} if not with_console else set()),
        temporal=TemporalOptions(namespace=os.environ.get("TEMPORAL_NAMESPACE") or "default"),
        on_begin=printer.begin,
        on_step=printer.end,
        on_note=note,
    )
    with until_stopped(stack.cancel) as stopped:
        try:
            with printer:
                stack.start()
        except StackCancelledError:
            note("Stopped while starting; nothing is left running.")
            return
        except StackError as error:
            fail(str(error))
        known = stack.endpoints
        if json:
            typer.echo(known.model_dump_json(indent=2))
        rows = {
            "Console": known.console_url,
            "API": known.api_url,
            "Temporal UI": known.temporal_ui_url,
            "Temporal": known.temporal_address,
            "Addresses": str(stack.data_dir / "endpoints.json"),
            "Logs": str(stack.data_dir / "log"),
        }
        console.print(f"\nReady after {time.monotonic() - started:.1f} s. Ctrl-C stops everything.\n")
        addresses({name: address for name, address in rows.items() if address})
        while not stopped.is_set() and not stack.wait(0.5):
            continue
        failure = stack.failure
        stopping = time.monotonic()
        stack.stop()
    if failure is not None:
        fail(f"{failure}\nEverything else has been stopped; the data is kept in {stack.data_dir}.")
    note(f"Stopped in {time.monotonic() - stopping:.1f} s. The data is kept in {stack.data_dir}.")
