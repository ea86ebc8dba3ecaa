"""The countdown to a deadline. The browser counts; the server only says when the deadline is."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

from nicegui import ui

_SCRIPT = files("console").joinpath("static/countdown.js").read_text(encoding="utf-8")


def milliseconds(deadline: datetime | None) -> int | None:
    """A deadline as the countdown in the browser takes it: milliseconds since 1970."""
    return None if deadline is None else int(deadline.timestamp() * 1000)


def start_clock(now: datetime | None = None) -> None:
    """Make countdowns work on the page that is being built; `now` is the server's time."""
    server = milliseconds(now or datetime.now(UTC))
    ui.add_head_html(f"<script>window.batonClock = {{ahead: {server} - Date.now()}};</script>")
    ui.add_head_html(f"<script>{_SCRIPT}</script>")


class Countdown(ui.element):
    """Time left until `deadline`; dashes without one, red and negative after it."""

    def __init__(self, deadline: datetime | None) -> None:
        super().__init__("baton-countdown")
        if deadline is not None:
            self.props["deadline"] = str(milliseconds(deadline))
