"""How commands speak to a person: steps with their durations, tables, errors; all on standard error."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import NoReturn, Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(stderr=True, highlight=False)


class StepPrinter:
    """One line per finished step; on a terminal also what is going on now. Safe from any thread."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._running: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, text: str, expectation: str) -> None:
        """A step begins. Without a terminal only one with an expectation is announced: it takes a while."""
        line = escape(f"{text} ({expectation})" if expectation else text)
        if console.is_terminal:
            with self._lock:
                self._running[text] = self._progress.add_task(line, total=None)
        elif expectation:
            console.print(f"[dim]…[/] {line}")

    def end(self, text: str, seconds: float) -> None:
        """A step is done."""
        with self._lock:
            task = self._running.pop(text, None)
        if task is not None:
            self._progress.remove_task(task)
        console.print(f"[green]✓[/] {escape(text)} [dim]{seconds:.1f} s[/]")


def note(text: str) -> None:
    """Say something that is neither a step nor an error."""
    console.print(escape(text), soft_wrap=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what went wrong and end the command with `code`."""
    console.print(f"[red]✗[/] {escape(text)}", soft_wrap=True)
    raise typer.Exit(code)


def addresses(rows: Mapping[str, str]) -> None:
    """Print names and addresses as a table."""
    table = Table.grid(padding=(0, 2))
    for name, address in rows.items():
        table.add_row(f"[bold]{escape(name)}[/]", escape(address))
    console.print(table, soft_wrap=True)


def lead_table(*headings: str) -> Table:
    """A table of leads: the id in the column `Lead` is there to be copied, what else is too wide is folded."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "Lead")
    return table
