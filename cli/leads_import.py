"""`baton leads import` and `baton leads preview`: a CSV file with a mapping."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cli.db import APPLICATION, DEFAULT_DATA_DIR, DataDir, database_url
from cli.output import console, fail, note

if TYPE_CHECKING:
    from services.csv_file import CsvFile
    from services.importing import ImportReport
    from services.lead_rows import LeadRow
    from services.mapping import LeadMapping

REJECTED = 2
"""Exit code when everything went well but for rows that are in the rejects file."""

_AT_ONCE = 16
_COUNTED = ("imported", "joined", "existing", "rejected")

File = Annotated[Path, typer.Argument(help="The CSV file; its first row names the columns.", show_default=False)]
MappingFile = Annotated[
    Path, typer.Option("--mapping", "-m", help="YAML file that says which column is what.", show_default=False)
]
History = Annotated[
    bool, typer.Option("--history", help="The leads' lives are over: store them closed, with outcome and dates.")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Instead of the mapping's (utf-8-sig), for example cp1252.")
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Instead of the one found in the header; 'tab' for tabulators.")
]


def import_leads(
    file: File,
    mapping: MappingFile,
    *,
    history: History = False,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", help="Where rows go that cannot be imported (FILE.rejects.csv).", show_default=False),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N rows.")] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json_output: Annotated[bool, typer.Option("--json", help="Print the figures as JSON on standard output.")] = False,
) -> None:
    """Import leads from a CSV file; safe to repeat: rows that are there already are not added again.

    A row whose phone or e-mail is that of an open lead joins it, unless the duplicate policy says otherwise. Rows
    that cannot be imported go to the rejects file with their row number and the reason. Exit code 0: every row is
    there; 2: some rows were rejected; 1: the import failed or stopped. Needs the database only: a running worker
    starts the leads' workflows.
    """
    started = time.monotonic()
    target = rejects or file.with_name(f"{file.stem}.rejects.csv")
    seen = _Seen()
    with _failures(seen):
        known = _mapping(mapping, encoding, delimiter)
        url = database_url(APPLICATION, data_dir)
        report = asyncio.run(_import(url, file, known, seen, history=history, target=target, limit=limit))
    if json_output:
        figures: dict[str, object] = {name: getattr(report, name) for name in _COUNTED}
        typer.echo(json.dumps(figures | {"rejects_file": str(target) if report.rejected else None}))
    _summary(report, target, history, time.monotonic() - started)
    if report.rejected:
        raise typer.Exit(REJECTED)


def preview(
    file: File,
    mapping: MappingFile,
    *,
    history: History = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many leads to show.")] = 3,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
) -> None:
    """Try a mapping on a file without writing anything: the first leads, and what would be rejected and why.

    Exit codes as for import. Needs no database.
    """
    from services.lead_rows import LeadRow, Reject, open_rows

    good, count = 0, 0
    shown: list[LeadRow] = []
    bad: list[Reject] = []
    with _failures(_Seen()), open_rows(file, _mapping(mapping, encoding, delimiter), history=history) as (_, found):
        for row in found:
            if isinstance(row, LeadRow):
                good += 1
                shown += [row] if len(shown) < rows else []
            elif isinstance(row, Reject):
                count += 1
                bad += [row] if len(bad) < 10 else []
    for row in shown:
        _show(row)
    console.print(f"{good} rows can be imported, {count} cannot.")
    for reject in bad:
        console.print(f"  row {reject.number}: {escape(reject.reason)}", soft_wrap=True)
    if count > len(bad):
        console.print(f"  … and {count - len(bad)} more")
    if count:
        raise typer.Exit(REJECTED)


class _Seen:
    """The latest report, for when the import is interrupted."""

    def __init__(self) -> None:
        self.report: ImportReport | None = None


@contextmanager
def _failures(seen: _Seen) -> Iterator[None]:
    from domain.errors import BatonError

    try:
        yield
    except BatonError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        done = seen.report
        came = f" after row {done.last_row}, {done.imported} imported" if done is not None else ""
        fail(f"Stopped{came}; repeat the import, rows that are there are not added again.", code=130)


def _mapping(path: Path, encoding: str | None, delimiter: str | None) -> LeadMapping:
    from services.mapping import load_mapping

    named = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    return load_mapping(path).read_as(encoding=encoding, delimiter=named)


async def _import(
    url: str, file: Path, mapping: LeadMapping, seen: _Seen, *, history: bool, target: Path, limit: int | None
) -> ImportReport:
    from db.session import DatabaseRole, make_engine, refuse_privileged_login
    from services.clock import SystemClock
    from services.configurations import Configurations
    from services.importing import Importer
    from services.intake import Intake
    from services.lead_rows import open_rows
    from services.rejects_file import RejectsFile

    engine = make_engine(url, DatabaseRole.SERVICE, pool_size=_AT_ONCE, max_overflow=0, application_name="baton-import")
    try:
        with open_rows(file, mapping, history=history, limit=limit) as (opened, rows):
            await refuse_privileged_login(engine)
            with RejectsFile(target, opened) as rejects, _bar(opened) as advance:

                def progressed(report: ImportReport) -> None:
                    seen.report = report
                    advance(report)

                clock = SystemClock()
                importer = Importer(
                    Intake(engine, clock, Configurations(), telling=None),
                    clock,
                    at_once=_AT_ONCE,
                    on_rejects=rejects.write,
                    on_progress=progressed,
                )
                return await importer.run(rows)
    finally:
        await engine.dispose()


@contextmanager
def _bar(file: CsvFile) -> Iterator[Callable[[ImportReport], None]]:
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console, transient=True
    )
    task = progress.add_task("reading", total=max(file.size, 1))

    def advance(report: ImportReport) -> None:
        done = f"row {report.last_row}: {report.imported} imported, {report.rejected} rejected"
        progress.update(task, completed=file.position, description=done)

    if not console.is_terminal:
        yield advance
        return
    with progress:
        yield advance


def _summary(report: ImportReport, target: Path, history: bool, seconds: float) -> None:
    what = "closed leads imported" if history else "leads imported"
    joined = f"{report.joined} joined to open leads, " if report.joined else ""
    mark = "[yellow]![/]" if report.rejected else "[green]✓[/]"
    console.print(
        f"{mark} {report.imported} {what}, {joined}{report.existing} already there, {report.rejected} rejected "
        f"({seconds:.1f} s)"
    )
    if report.rejected:
        fields = _counts(report.rejected_by_field)
        note(f"  Rejected because of {fields}. Correct the rows in {target} and import that file.")
    if report.imported and not history:
        note("  A running worker starts their workflows.")


def _counts(by_field: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in islice(by_field.items(), 6))


def _show(row: LeadRow) -> None:
    table = Table.grid(padding=(0, 2))
    values = row.lead.model_dump(exclude_none=True, exclude={"metadata"})
    values |= {f"metadata.{name}": value for name, value in row.lead.metadata.items()}
    if row.life is not None:
        values |= row.life.model_dump(exclude_none=True)
    for name, value in values.items():
        table.add_row(f"  {escape(name)}", escape(str(value)))
    console.print(f"[bold]row {row.number}[/]")
    console.print(table, soft_wrap=True)
