"""The report for people: tables, and one line of a histogram for each kind of waiting."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from workers.demo.figures import bar, histogram, sparkline
from workers.demo.report import DemoReport, Spread
from workers.demo.words import STATE_COLOURS

_BAR = 50
_BINS = 20
_TIMES = {
    "assign": "arrival → first offer",
    "claim": "offer → claim",
    "first_attempt": "claim → first attempt",
    "connection": "arrival → connection",
}
_VIOLATIONS = 10


def draw_report(report: DemoReport) -> RenderableType:
    """The report, 80 columns wide."""
    headline = Text.from_markup(
        f"\n[bold]{report.leads} leads in {report.seconds:.0f} s[/], windows of {report.window_seconds:.0f} s, "
        f"[bold]{report.settled_share:.0%}[/] contacted or closed\n"
    )
    parts: list[RenderableType] = [
        headline,
        _states(report),
        "",
        _windows(report),
        "",
        _times(report),
        "",
        _facts(report),
        "",
    ]
    return Group(*parts, _verdict(report))


def _states(report: DemoReport) -> Table:
    table = Table.grid(padding=(0, 1))
    for state, colour in STATE_COLOURS.items():
        count = report.states.get(state, 0)
        if count:
            table.add_row(
                Text(f"  {state}", style=colour),
                Text(f"{count:4d}"),
                Text(bar(count / max(1, report.leads), _BAR), style=colour),
            )
    return table


def _windows(report: DemoReport) -> Table:
    table = Table(box=None, padding=(0, 2), pad_edge=True, header_style="dim")
    for heading in ("window", "in time", "late", "missed", "breaches"):
        table.add_column(heading, justify="left" if heading == "window" else "right")
    for name, window in (("claims", "claim"), ("contacts", "contact")):
        missed = [str(report.windows[f"{name}_{how}"]) for how in ("in_time", "late", "missed")]
        table.add_row(window, *missed, str(report.breaches.get(window, 0)))
    return table


def _times(report: DemoReport) -> Table:
    table = Table(box=None, padding=(0, 2), pad_edge=True, header_style="dim")
    table.add_column("seconds", no_wrap=True)
    for heading in ("p50", "p95", "max"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("0 … max", no_wrap=True)
    for name, title in _TIMES.items():
        spread, samples = report.times_seconds[name], report.samples_seconds[name]
        shape = sparkline(histogram(samples, _BINS, max(samples, default=0.0)))
        figures = (_figure(spread.p50), _figure(spread.p95), _figure(spread.max))
        table.add_row(title, *figures, Text(shape, style="cyan"))
    return table


def _facts(report: DemoReport) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", width=14)
    table.add_column()
    passed = sum(report.reassignments.values())
    first = report.first_routed_seconds
    rows = {
        "  first lead": "–" if first is None else f"had an agent {first:.1f} s after the start of the command",
        "  closed as": _listed(report.closings) or "–",
        "  passed on": f"{passed} times{_because(report.reassignments)}; {report.escalations} escalated",
        "  timers": f"late by {_ms(report.lateness_ms)}, {report.lateness_ms.early} early",
        "  answers": _ms(report.answer_ms),
        "  refusals": _listed(report.refusals) or "none",
        "  transitions": _listed(report.transitions),
        "  in Temporal": f"{report.temporal.readable} of {report.leads} leads with the state of their row",
    }
    for name, value in rows.items():
        table.add_row(name, escape(value))
    return table


def _verdict(report: DemoReport) -> RenderableType:
    checked = report.invariants
    lines = []
    if checked.holds:
        lines.append(f"[green]✓[/] {checked.checks} invariants hold ({checked.checked} single checks)")
    for violation in checked.violations[:_VIOLATIONS]:
        detail = f"{violation.check}: {violation.subject} {violation.id}: {violation.detail}"
        lines.append(f"[red]✗[/] {escape(detail)}")
    lines += [f"[red]✗[/] {escape(fault)}" for fault in report.faults()]
    return Text.from_markup("\n".join(lines))


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in ordered)


def _because(counts: Mapping[str, int]) -> str:
    return f" ({_listed(counts)})" if counts else ""


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _ms(spread: Spread) -> str:
    if not spread.n:
        return "– (none)"
    return f"{spread.p50:.0f} ms (p50), {spread.p99:.0f} ms (p99), {spread.max:.0f} ms at most"
