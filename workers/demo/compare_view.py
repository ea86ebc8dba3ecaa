"""A comparison of strategies for people: one line each, then what was wrong."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from workers.demo.compare import Comparison, StrategyResult

_HEADINGS = ("strategy", "fitness", "fairness", "reached", "breaches", "violations", "p50 ms", "p95 ms")


def draw_comparison(comparison: Comparison) -> RenderableType:
    """The comparison, 80 columns wide."""
    headline = f"\n[bold]The same {comparison.leads} leads under each strategy[/], windows of "
    table = Table(box=None, padding=(0, 0, 0, 1), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading == "strategy" else "right", no_wrap=True)
    for name, result in comparison.compare.items():
        table.add_row(name, *_figures(result))
    runs = list(comparison.runs.values())
    checks = sum(report.invariants.checked for report in runs)
    verdict = [f"[red]✗[/] {escape(fault)}" for fault in comparison.faults()]
    if all(report.invariants.holds for report in runs):
        verdict.insert(0, f"[green]✓[/] the invariants hold ({checks} single checks)")
    words = (
        "\n[dim]fitness: mean of the assignments made, 0 to 100 · fairness: Jain's index of the\n"
        "assignments per agent, 1 is even · p50, p95: from arrival to first offer[/]\n"
    )
    return Group(
        Text.from_markup(f"{headline}{comparison.window_seconds:.0f} s\n"),
        table,
        Text.from_markup(words),
        Text.from_markup("\n".join(verdict)),
    )


def _figures(result: StrategyResult) -> tuple[str, ...]:
    times = result.time_to_assign_ms
    return (
        _rounded(result.mean_fitness, 1),
        f"{result.fairness:.2f}",
        str(result.contacted),
        str(result.breaches),
        str(len(result.violations)),
        _rounded(times.p50),
        _rounded(times.p95),
    )


def _rounded(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
