"""The command `baton`. Each sub-command lives in a module of its own, imported only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, NamedTuple

import typer


class Entry(NamedTuple):
    """Where a sub-command lives, and its line in `baton --help`."""

    module: str
    help: str


# The module's attribute `app` is a typer.Typer: with one command it becomes the sub-command itself.
COMMANDS = {
    "up": Entry("cli.up", "Start everything Baton needs on this machine and keep it running."),
    "demo": Entry("cli.demo", "Play leads through their whole life and report."),
    "setup": Entry("cli.setup", "Fetch or build what the embedded stack needs, once per user."),
    "worker": Entry("cli.worker", "Run a worker for the leads' workflows."),
    "api": Entry("cli.api", "Serve the HTTP API."),
    "console": Entry("cli.console", "Serve the web console for agents and managers."),
    "db": Entry("cli.db", "Migrate and inspect the database."),
    "seed": Entry("cli.seed", "Insert agents, rules and configuration to try Baton with."),
    "leads": Entry("cli.leads", "Look at leads and act on them."),
    "agents": Entry("cli.agents", "Look at agents, and set their caps, shifts, time off, skills and licences."),
    "rules": Entry("cli.rules", "Draft, lint, try, publish and roll back routing rules."),
    "config": Entry("cli.config", "Configuration as code: export, plan, apply, roll back."),
    "close-day": Entry("cli.close_day", "Close a day of a calendar, and move the windows that run into it."),
    "check": Entry("cli.check", "Prove that what must hold holds, in Postgres and in Temporal."),
    "doctor": Entry("cli.doctor", "Repair what the check finds between Postgres and Temporal."),
    "queues": Entry("cli.queues", "Show who waits in which queue, and for how long."),
    "capacity": Entry("cli.capacity", "Forecast the work of the next hours, and suggest how to spread it."),
    "report": Entry("cli.report", "Show how fast leads are assigned, claimed, tried and reached."),
    "token": Entry("cli.token", "Issue an access token for the API."),
}


def build(called: str | None) -> typer.Typer:
    """The application with the sub-command `called` loaded; the others are known by name and help only.

    Raises ImportError when the module of `called` cannot be imported.
    """
    app = typer.Typer(name="baton", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_root)
    for name, entry in COMMANDS.items():
        if name != called:
            app.command(name, help=entry.help)(_listed_only)
            continue
        loaded: typer.Typer = import_module(entry.module).app
        single = loaded.registered_commands
        if len(single) == 1 and not loaded.registered_groups and single[0].callback is not None:
            app.command(name, help=entry.help)(single[0].callback)
        else:
            app.add_typer(loaded, name=name, help=entry.help)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    called = next((word for word in arguments if not word.startswith("-")), None)
    try:
        app = build(called)
    except ModuleNotFoundError as error:
        if called is None or error.name != COMMANDS[called].module:
            raise
        sys.stderr.write(f"baton {called} is not part of this installation.\n")
        return 1
    try:
        app(args=list(arguments), prog_name="baton")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
            return 1
        return end.code or 0
    return 0


def main() -> None:
    """Entry point of the console script and of `python -m cli.main`."""
    code = run(sys.argv[1:])
    # The Temporal SDK's threads can abort the interpreter while it is taken down, which would turn the exit code
    # of a successful run into 134: nothing is left to do here, so leave without that.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"baton {version('baton')}")
        raise typer.Exit


def _root(
    show_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit."),
    ] = False,
) -> None:
    """Durable lead routing: score, offer, claim, contact, pass on."""


def _listed_only() -> None:
    """Stands for a sub-command that this command line does not call."""


if __name__ == "__main__":
    main()
