"""The figures of `make bench-assignments` for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def show(figures: dict[str, Any], console: Console) -> None:
    """The figures side by side."""
    pools = Table(box=None, pad_edge=False)
    for heading in (
        "Agents",
        "Slots",
        "Leads",
        "Assigned",
        "Overfilled",
        "Wrong loads",
        "False misses",
        "Per s",
        "p99",
    ):
        pools.add_column(heading, justify="right")
    for one in figures.get("assignments", {}).get("pools", ()):
        cells = (one["agents"], one["slots"], one["leads"], one["assigned"], one["overfilled"], one["wrong_loads"])
        pools.add_row(*map(str, (*cells, one["false_misses"], one["per_s"])), f"{one['answer_ms']['p99']} ms")
    ratios = Table(box=None, pad_edge=False)
    for heading in ("At 100 agents", "Per s", "Against", "Per s", "Ratio", "Wanted"):
        ratios.add_column(heading)
    for key, name, other in (
        ("reservation_against_tpcb", "Reservation alone (pgbench)", "TPC-B (pgbench)"),
        ("path_against_orm", "Whole path", "the same path by an ORM"),
        ("path_against_least_orm", "Whole path", "an ORM that only saves"),
    ):
        one = figures.get("ratios", {}).get(key)
        if one is None:
            continue
        colour = {True: "green", False: "red", None: "dim"}[one.get("holds")]
        ours, theirs = f"{one['ours_per_s']:g}", f"{one['theirs_per_s']:g}"
        wanted = f"{one['wanted']:g}" if "wanted" in one else ""
        ratios.add_row(name, ours, other, theirs, f"[{colour}]{one['ratio']:g}[/]", wanted)
    console.print(pools, "", ratios)
