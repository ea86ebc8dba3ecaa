"""Shows a run while it is played: a live board on a terminal, else a line every few seconds."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape

from workers.demo.board import Frame, draw, one_line

_LINE_EVERY = 5.0


class Screen:
    """Use as a context; `show` is called about once a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._next_line = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, frame: Frame) -> None:
        """Draw the frame, or print its line when one is due."""
        if self._live is not None:
            self._live.update(draw(frame), refresh=True)
            return
        if frame.seconds < self._next_line - _LINE_EVERY:
            # Another run has begun.
            self._next_line = 0.0
        if frame.seconds >= self._next_line:
            self._next_line = frame.seconds + _LINE_EVERY
            self._console.print(escape(one_line(frame)), soft_wrap=True)
