"""Saying whether one is there: nobody who is not available is offered a lead."""

from __future__ import annotations

from nicegui import events, ui

from console.answers import Agent
from console.errors import ApiError
from console.notice import Notice, Said
from console.visit import Visit
from console.wording import PRESENCE


class Presence:
    """The agent's status and free slots; hidden for people who take no leads."""

    def __init__(self, visit: Visit, notice: Notice) -> None:
        self._visit = visit
        self._notice = notice
        self._known: str | None = None
        self._row = ui.row().classes("w-full items-center justify-between gap-2")
        with self._row:
            self._status = ui.select(dict(PRESENCE), label="I am", on_change=self._changed)
            self._status.props("outlined dense options-dense=false").classes("grow max-w-60").mark("presence")
            self._load = ui.label().classes("text-grey-8")
        self._row.set_visibility(False)

    def show(self, me: Agent) -> None:
        """What the API says about this person now."""
        self._row.set_visibility(me.status is not None)
        if me.status is not None and me.status != self._known:
            self._known = me.status
            self._status.set_value(me.status)
        self._load.set_text(f"{me.current_load or 0} of {me.max_capacity or 0} slots taken")

    async def _changed(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        if event.value is None or event.value == self._known:
            return
        before, self._known = self._known, event.value
        try:
            await self._visit.api.set_status(self._visit.session.person, event.value)
        except ApiError as error:
            self._known = before
            self._status.set_value(before)
            if error.signed_out:
                self._visit.failed(error)
            else:
                self._notice.say(Said(f"Your status was not changed: {error.message}", good=False))
