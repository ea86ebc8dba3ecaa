"""The bell: how much is new, and what it is; a tap leads to the lead."""

from __future__ import annotations

from uuid import UUID

from nicegui import ui

from console.answers import Notice, TimelineEntry
from console.errors import ApiError
from console.timeline import line
from console.visit import Visit

REFRESH_SECONDS = 3.0
SHOWN = 20


class Bell:
    """The button in the header. Without an answer of the API it shows what it knew."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._shown: list[UUID] = []
        with ui.button(icon="notifications").props('flat dense round color=white aria-label="Notices"').mark("bell"):
            self._number = ui.badge(color="red-8").props("floating").mark("bell-number")
            with ui.menu().props("max-width=92vw"):
                self._list = ui.list().props("separator").classes("w-80")
        self._number.set_visibility(False)
        ui.timer(REFRESH_SECONDS, self.refresh)

    async def refresh(self) -> None:
        """Ask what is new; redraw when that has changed."""
        try:
            found = await self._visit.api.notices(SHOWN)
        except ApiError:
            # The page's own refresh says what is wrong.
            return
        if [notice.id for notice in found] != self._shown:
            self._shown = [notice.id for notice in found]
            self._redraw(found)

    def _redraw(self, found: list[Notice]) -> None:
        self._number.set_visibility(bool(found))
        self._number.set_text(f"{SHOWN}+" if len(found) >= SHOWN else str(len(found)))
        self._list.clear()
        with self._list:
            if not found:
                ui.item("Nothing new.")
            for notice in found:
                self._show(notice)
            if len(found) > 1:
                ui.item("Clear all", on_click=lambda: self._clear(found)).classes("text-primary").mark("clear")

    def _show(self, notice: Notice) -> None:
        shown = line(TimelineEntry(at=notice.at, what="event", kind=notice.kind, data=notice.data), self._visit.name)
        with ui.item(on_click=lambda: self._open(notice)).mark("notice"):
            with ui.item_section().props("avatar"):
                ui.icon(shown.icon, color=shown.color)
            with ui.item_section():
                ui.item_label(shown.text)
                lead = f"Lead {str(notice.lead_id)[:8]} · " if notice.lead_id else ""
                ui.item_label(f"{lead}{self._visit.time(notice.at)}").props("caption")

    async def _open(self, notice: Notice) -> None:
        await self._say_seen([notice])
        # Before a redraw, which would take this very line away.
        if notice.lead_id is not None:
            ui.navigate.to(f"/lead/{notice.lead_id}")
        await self.refresh()

    async def _clear(self, notices: list[Notice]) -> None:
        await self._say_seen(notices)
        await self.refresh()

    async def _say_seen(self, notices: list[Notice]) -> None:
        try:
            for notice in notices:
                await self._visit.api.seen(notice.id)
        except ApiError as error:
            self._visit.failed(error)
