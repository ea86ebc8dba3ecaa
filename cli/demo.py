"""`baton demo`: the embedded stack, leads played through their whole life, and a report."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.output import StepPrinter, addresses, console, fail, note
from cli.stop_signal import until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.routing.strategy_settings import StrategyName
    from workers.demo.compare import Comparison
    from workers.demo.csv_leads import CsvLeads
    from workers.demo.report import DemoReport
    from workers.demo.run import Run
    from workers.stack import EmbeddedStack

app = typer.Typer()


@app.command()
def demo(  # noqa: PLR0917 - the options of a command line, all given by name
    leads: Annotated[int, typer.Option(min=1, max=9999, help="How many leads arrive.")] = 60,
    csv: Annotated[Path | None, typer.Option(help="Play the first rows of this file; needs --mapping.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How the file's columns become leads (YAML).")] = None,
    window: Annotated[int, typer.Option(help="Seconds to claim, and again to contact; at least 5.")] = 8,
    rate: Annotated[float, typer.Option(min=0.01, max=50, help="Leads that arrive per second.")] = 4.0,
    agents: Annotated[int, typer.Option(min=5, max=500, help="Demo agents in a fresh data directory.")] = 20,
    minutes: Annotated[float, typer.Option(min=0.1, help="Give up after this long; the exit code is 1 then.")] = 10,
    compare: Annotated[
        str | None, typer.Option(help="Play the leads once under each of these strategies, with commas, and compare.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same people and decisions.")] = 1,
    data_dir: Annotated[Path, typer.Option(help="Keeps everything for inspection; another run adds its leads.")] = Path(
        ".baton/demo"
    ),
    json: Annotated[Path | None, typer.Option(help="Also write the report as JSON; - is standard output.")] = None,
    end: Annotated[bool, typer.Option("--exit", help="Stop when the report is done, also on a terminal.")] = False,
) -> None:
    """Play leads with agents that claim, call, ignore, decline and go offline; then report.

    Exit code 0: every lead was settled, no invariant is violated and no timer was early. 130: interrupted.
    """
    from workers.demo.pace import SHORTEST_WINDOW, Pace
    from workers.demo.run import Run
    from workers.stack import EmbeddedStack, StackCancelledError, StackError, TemporalOptions
    from workers.stack.credentials import Credentials

    begun = time.monotonic()
    if window < SHORTEST_WINDOW:
        fail(f"--window {window}: timers may be up to a second late, so 5 seconds is the shortest honest window")
    cast = _cast(leads, csv, mapping, seed)
    strategies = _strategies(compare)
    namespace = os.environ.get("TEMPORAL_NAMESPACE") or "default"
    printer = StepPrinter()
    stack = EmbeddedStack(
        data_dir,
        temporal_address=os.environ.get("TEMPORAL_ADDRESS") or None,
        database_url=os.environ.get("DATABASE_URL") or None,
        database_owner_url=os.environ.get("DATABASE_OWNER_URL") or None,
        temporal=TemporalOptions(namespace=namespace),
        on_begin=printer.begin,
        on_step=printer.end,
        on_note=note,
    )
    with until_stopped(stack.cancel) as stopped:
        try:
            with printer:
                stack.start()
        except StackCancelledError:
            fail("Stopped while starting; nothing is left running.", code=130)
        except StackError as error:
            fail(str(error))
        console.print(f"[dim]Ready after {time.monotonic() - begun:.1f} s; {len(cast.leads)} leads arrive now.[/]\n")

        def stopping() -> bool:
            return stopped.is_set() or stack.failure is not None

        try:
            run = Run(
                endpoints=stack.endpoints,
                secret=Credentials.load(stack.data_dir).auth_secret,
                leads=cast.leads,
                pace=Pace(window=window, rate=rate, minutes=minutes, seed=seed),
                agents=agents,
                namespace=namespace,
            )
            report = _play(run, strategies, stack, stopping, begun=begun)
            if report is not None:
                _publish(report, stack, json)
                if console.is_terminal and not end:
                    console.print("\nEverything is still running: look around. Ctrl-C stops it.")
                    while not stopped.is_set() and not stack.wait(0.5):
                        continue
            failure = stack.failure
        finally:
            stack.stop()
    _say_end(report, failure, stack)


def _cast(leads: int, csv: Path | None, mapping: Path | None, seed: int) -> CsvLeads:
    from domain.errors import BatonError
    from workers.demo.csv_leads import CsvLeads, read_csv
    from workers.demo.new_leads import generated_leads

    if csv is None:
        if mapping is not None:
            fail("--mapping: there is no file to map; add --csv FILE")
        return CsvLeads(tuple(generated_leads(leads, seed)), ())
    if mapping is None:
        fail("--csv: a mapping says what its columns mean; add --mapping FILE (see examples/)")
    try:
        cast = read_csv(csv, mapping, leads)
    except (BatonError, OSError) as error:
        fail(str(error))
    for number, reason in cast.rejected[:5]:
        note(f"row {number} is left out: {reason}")
    if not cast.leads:
        fail(f"{csv}: none of its first {leads} rows is a lead")
    return cast


def _strategies(names: str | None) -> tuple[StrategyName, ...]:
    from domain.errors import BatonError
    from workers.demo.compare import strategies_named

    try:
        return strategies_named(names) if names is not None else ()
    except BatonError as error:
        fail(f"--{error}")


def _play(
    run: Run,
    strategies: tuple[StrategyName, ...],
    stack: EmbeddedStack,
    stopping: Callable[[], bool],
    *,
    begun: float,
) -> DemoReport | Comparison | None:
    from domain.errors import BatonError
    from workers.demo.compare import compare_strategies
    from workers.demo.run import play_run
    from workers.demo.screen import Screen

    try:
        with Screen(console) as screen:
            if strategies:
                return asyncio.run(compare_strategies(run, strategies, screen.show, note, stopping, begun=begun))
            return asyncio.run(play_run(run, screen.show, stopping, begun=begun))
    except BatonError as error:
        if stopping():
            return None
        fail(f"The run cannot go on: {error}\nLogs: {stack.data_dir / 'log'}")


def _publish(report: DemoReport | Comparison, stack: EmbeddedStack, json: Path | None) -> None:
    from workers.demo.compare import Comparison
    from workers.demo.compare_view import draw_comparison
    from workers.demo.report_view import draw_report

    on_standard_output = json is not None and str(json) == "-"
    out = console if on_standard_output else Console(highlight=False)
    out.print(draw_comparison(report) if isinstance(report, Comparison) else draw_report(report))
    known = stack.endpoints
    document = report.model_dump_json(indent=2)
    if on_standard_output:
        typer.echo(document)
    elif json is not None:
        json.write_text(document + "\n", encoding="utf-8")
    rows = {
        "Console": known.console_url,
        "API": known.api_url,
        "Temporal UI": known.temporal_ui_url,
        "Data": str(stack.data_dir),
        "Report": str(json) if json is not None and not on_standard_output else None,
    }
    console.print()
    addresses({name: address for name, address in rows.items() if address})


def _say_end(report: DemoReport | Comparison | None, failure: Exception | None, stack: EmbeddedStack) -> None:
    kept = f"The data is kept in {stack.data_dir}."
    if failure is not None:
        fail(f"{failure}\nEverything else has been stopped. {kept}")
    if report is None:
        fail(f"Interrupted before the report. {kept}", code=130)
    if not report.good:
        fail(f"{'; '.join(report.faults())}. {kept}")
    note(f"Stopped. {kept} `baton up --data-dir {stack.data_dir}` goes on with it.")
