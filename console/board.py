"""The board of managers and admins: how many leads are where, and which need somebody now."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import events, ui

from console.answers import Lead
from console.countdown import milliseconds
from console.frame import frame
from console.visit import Visit
from console.wording import STATES, state_color, state_label

REFRESH_SECONDS = 2.0
ROWS = 200

_COLUMNS: list[dict[str, Any]] = [
    {"name": "state", "label": "State", "field": "state_label", "align": "left", "sortable": True},
    {"name": "window", "label": "Time left", "field": "deadline", "align": "left", "sortable": True},
    {"name": "agent", "label": "Agent", "field": "agent", "align": "left", "sortable": True},
    {"name": "tier", "label": "Tier", "field": "tier", "align": "left", "sortable": True},
    {"name": "score", "label": "Score", "field": "score", "align": "right", "sortable": True},
    {"name": "line", "label": "Line", "field": "line", "align": "left", "sortable": True},
    {"name": "passed", "label": "Passed on", "field": "passed", "align": "right", "sortable": True},
    {"name": "lead", "label": "Lead", "field": "lead", "align": "left"},
]

_CHIP = '<q-badge :color="props.row.color" class="text-sm px-2 py-1">{{ props.row.state_label }}</q-badge>'
_MISSED = '<q-badge v-if="props.row.breached" outline color="negative" class="q-ml-sm">missed a window</q-badge>'
_TIME = (
    '<baton-countdown :deadline="props.row.deadline" class="text-base font-medium"></baton-countdown>'
    '<span class="q-ml-sm text-grey-7">{{ props.row.window }}</span>'
)
_LINK = '<a :href="\'/lead/\' + props.row.id" class="font-mono text-primary" @click.stop>{{ props.row.lead }}</a>'
_CARD = f"""
<div class="col-12 q-pa-xs">
  <q-card flat bordered class="q-pa-sm cursor-pointer" @click="() => $parent.$emit('open', props.row.id)">
    <div class="row items-center justify-between">{_CHIP}<span>{_TIME}</span></div>
    <div class="q-mt-sm">{{{{ props.row.agent }}}}{_MISSED}</div>
    <div class="text-grey-7">{{{{ [props.row.tier, props.row.line].filter(Boolean).join(" · ") }}}} {_LINK}</div>
  </q-card>
</div>
"""


class Board:
    """The page; it asks the API every two seconds and redraws what has changed."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._counts: dict[str, int] | None = None
        with frame(visit, wide=True):
            self._tiles = ui.element("div").classes("w-full grid grid-cols-3 md:grid-cols-9 gap-2")
            self._table = self._make_table()
            self._note = ui.label().classes("text-grey-7 text-sm")
        ui.timer(REFRESH_SECONDS, self.refresh)

    async def refresh(self) -> None:
        """Ask for everything, show what is new."""
        api = self._visit.api
        with self._visit.asking():
            counts, leads, agents = await asyncio.gather(api.counts(), api.leads(limit=ROWS), api.agents())
            self._visit.meet(agents)
            self._show_counts(counts)
            self._show_leads(leads, sum(count for state, count in counts.items() if state != "closed"))

    def _make_table(self) -> ui.table:
        table = ui.table(columns=_COLUMNS, rows=[], row_key="id", pagination={"rowsPerPage": 0})
        table.classes("w-full cursor-pointer").props('flat bordered hide-pagination :grid="Quasar.Screen.lt.md"')
        table.props('no-data-label="No open leads."').mark("leads")
        table.add_slot("body-cell-state", f'<q-td :props="props">{_CHIP}{_MISSED}</q-td>')
        table.add_slot("body-cell-window", f'<q-td :props="props">{_TIME}</q-td>')
        table.add_slot("body-cell-lead", f'<q-td :props="props">{_LINK}</q-td>')
        table.add_slot("item", _CARD)
        table.on("rowClick", self._open_row, args=[[], ["id"], None])
        table.on("open", lambda event: ui.navigate.to(f"/lead/{event.args}"))
        return table

    def _open_row(self, event: events.GenericEventArguments) -> None:
        ui.navigate.to(f"/lead/{event.args[1]['id']}")

    def _show_counts(self, counts: dict[str, int]) -> None:
        if counts == self._counts:
            return
        self._counts = counts
        self._tiles.clear()
        with self._tiles:
            for state, (label, color) in STATES.items():
                with ui.card().classes("p-2 gap-0 items-center").props("flat bordered"):
                    number = ui.label(str(counts.get(state, 0))).classes(f"text-2xl font-bold text-{color}")
                    number.mark(f"count-{state}")
                    ui.label(label).classes("text-xs text-grey-8")

    def _show_leads(self, leads: list[Lead], open_leads: int) -> None:
        rows = [self._row(lead) for lead in leads]
        if rows != self._table.rows:
            self._table.rows = rows
        hidden = open_leads - len(leads)
        self._note.set_text(f"{hidden} more with later deadlines are not shown." if hidden > 0 else "")

    def _row(self, lead: Lead) -> dict[str, Any]:
        return {
            "id": str(lead.id),
            "lead": lead.short_id,
            "state_label": state_label(lead.lifecycle_state),
            "color": state_color(lead.lifecycle_state),
            "agent": self._visit.name(lead.assigned_agent_id) or "nobody yet",
            "tier": lead.tier or "",
            "score": "" if lead.score is None else round(lead.score),
            "line": lead.insurance_type or "",
            "passed": lead.reassignment_count or 0,
            "deadline": milliseconds(lead.deadline),
            "window": lead.window_words,
            "breached": lead.breached,
        }
