"""One open page of somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from nicegui import ui

from console.answers import Agent
from console.baton_api import BatonApi
from console.errors import ApiError
from console.local_time import clock_time
from console.session import Session

EXPIRED = "/sign-in?expired=true"


class Visit:
    """The person, the API as that person sees it, and the strip that says when the API does not answer."""

    def __init__(self, session: Session, api: BatonApi, sign_out: Callable[[], None]) -> None:
        self.session = session
        self.api = api
        self.sign_out = sign_out
        self._names: dict[UUID, str] = {session.person: "you"}
        self._trouble: ui.label | None = None
        self._fresh_at: datetime | None = None

    def show_trouble_in(self, label: ui.label) -> None:
        """Where to say that what is on the page may be old."""
        self._trouble = label
        label.set_visibility(False)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around every refresh: errors of the API end up in the strip, or at the sign-in page. None leaves it."""
        try:
            yield
        except ApiError as error:
            self.failed(error)
        else:
            self._fresh_at = datetime.now(UTC)
            if self._trouble is not None:
                self._trouble.set_visibility(False)

    def failed(self, error: ApiError) -> None:
        """The API refused a refresh or did not answer."""
        if error.signed_out:
            self.sign_out()
            ui.navigate.to(EXPIRED)
        elif self._trouble is not None:
            since = f" What you see is from {self.time(self._fresh_at)}." if self._fresh_at else ""
            self._trouble.set_text(f"{error.message}{since} Trying again …")
            self._trouble.set_visibility(True)

    def meet(self, agents: Iterable[Agent]) -> None:
        """Learn names, to show them instead of ids."""
        self._names |= {agent.id: agent.name for agent in agents if agent.id != self.session.person}

    def name(self, agent: UUID | None) -> str | None:
        """Who that is: "you", a name, or "agent 1a2b3c4d" when the API does not say; None for nobody."""
        return None if agent is None else self._names.get(agent, f"agent {str(agent)[:8]}")

    def time(self, at: datetime) -> str:
        """An instant in the person's time zone."""
        return clock_time(at, self.session.zone, now=datetime.now(UTC))
