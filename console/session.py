"""Who is signed in, kept in this process's memory: tokens reach neither a disk nor a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

IDLE_SECONDS = 12 * 3600.0

_SUPERVISORS = frozenset({"manager", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person. `zone` is the browser's IANA time zone."""

    person: UUID
    name: str
    role: str
    zone: str
    token: str = field(repr=False)

    @property
    def supervises(self) -> bool:
        """Managers and admins have the board."""
        return self.role in _SUPERVISORS

    @property
    def home(self) -> str:
        """The page to begin with."""
        return "/board" if self.supervises else "/mine"


class Sessions:
    """Sessions by the id in the browser's signed cookie. One that nobody used for twelve hours ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[float, Session]] = {}

    def open(self, browser: str, session: Session) -> None:
        """Sign somebody in on a browser, instead of whoever was."""
        self._drop_idle()
        self._open[browser] = (self._clock(), session)

    def of(self, browser: str) -> Session | None:
        """The session of a browser; None when nobody is signed in. Asking counts as use."""
        self._drop_idle()
        found = self._open.get(browser)
        if found is None:
            return None
        self._open[browser] = (self._clock(), found[1])
        return found[1]

    def end(self, browser: str) -> None:
        """Sign out; fine when nobody is signed in."""
        self._open.pop(browser, None)

    def _drop_idle(self) -> None:
        oldest = self._clock() - IDLE_SECONDS
        self._open = {browser: entry for browser, entry in self._open.items() if entry[0] > oldest}
