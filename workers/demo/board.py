"""The live board: states, counters, timers and the latest events, for a terminal of 80 by 24."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from workers.demo.figures import bar, percentile
from workers.demo.pulse import Pulse
from workers.demo.words import STATE_COLOURS, colour_of, words_of

_BAR = 44
_EVENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the board shows at one moment. `answers` are round trips in milliseconds."""

    pulse: Pulse
    leads: int
    seconds: float
    window: float
    answers: Sequence[float]
    agents: int
    away: int


def draw(frame: Frame) -> RenderableType:
    """The board: 22 lines, 80 columns."""
    return Group(_title(frame), "", _states(frame), "", _counters(frame), "", _events(frame))


def one_line(frame: Frame) -> str:
    """The same for a log: one line."""
    states = ", ".join(f"{count} {state}" for state, count in _ordered(frame.pulse.counts.states) if count)
    counts = frame.pulse.counts
    return (
        f"{frame.seconds:4.0f} s  {frame.pulse.total}/{frame.leads} leads: {states or 'none yet'}; "
        f"breaches {sum(counts.breaches.values())}, re-assignments {sum(counts.reassignments.values())}"
    )


def _ordered(states: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(state, states.get(state, 0)) for state in STATE_COLOURS]


def _title(frame: Frame) -> Text:
    minutes, seconds = divmod(int(frame.seconds), 60)
    return Text.from_markup(
        f"[bold]Baton demo[/]  [dim]{minutes}:{seconds:02d}[/]   {frame.pulse.total} of {frame.leads} leads here   "
        f"[dim]windows {frame.window:.0f} s   {frame.agents - frame.away} of {frame.agents} agents there[/]"
    )


def _states(frame: Frame) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=11)
    table.add_column(width=4, justify="right")
    table.add_column(width=_BAR)
    for state, count in _ordered(frame.pulse.counts.states):
        share = count / max(1, frame.leads)
        style = STATE_COLOURS[state] if count else "dim"
        table.add_row(Text(state, style=style), Text(str(count), style=style), Text(bar(share, _BAR), style=style))
    return table


def _counters(frame: Frame) -> Table:
    counts, windows = frame.pulse.counts, frame.pulse.counts.windows
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", width=10)
    table.add_column()
    for name in ("claims", "contacts"):
        table.add_row(
            name,
            f"[green]{windows[f'{name}_in_time']} in time[/], {windows[f'{name}_late']} late, "
            f"{_alarm(windows[f'{name}_missed'], 'missed')}",
        )
    table.add_row(
        "passed on",
        f"{sum(counts.reassignments.values())} times, {_alarm(counts.escalations, 'escalated')}",
    )
    lateness = frame.pulse.lateness
    if lateness:
        early = sum(sample < 0 for sample in lateness)
        fired = (
            f"{len(lateness)} fired, late by {_ms(percentile(lateness, 0.5))} (p50), "
            f"{_ms(max(lateness))} at most, {_alarm(early, 'early')}"
        )
    else:
        fired = "none fired yet"
    table.add_row("timers", fired)
    slow = f"{_ms(percentile(frame.answers, 0.5))} (p50), {_ms(percentile(frame.answers, 0.99))} (p99)"
    table.add_row("answers", slow)
    return table


def _events(frame: Frame) -> Table:
    table = Table.grid(padding=(0, 1))
    for happening in frame.pulse.recent[:_EVENTS]:
        table.add_row(
            Text(f"{happening.at:%H:%M:%S}", style="dim"),
            Text(str(happening.lead_id)[:8], style="dim"),
            Text(words_of(happening), style=colour_of(happening), no_wrap=True, overflow="ellipsis"),
        )
    for _ in range(_EVENTS - len(frame.pulse.recent)):
        table.add_row("", "", "")
    return table


def _alarm(count: int, word: str) -> str:
    return f"[red]{count} {word}[/]" if count else f"{count} {escape(word)}"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"
