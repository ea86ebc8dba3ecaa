"""The board of managers and admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import ui

from tests.console.conftest import Desk
from tests.support.eventually import assert_eventually


def rows(desk: Desk) -> list[dict[str, Any]]:
    (table,) = desk.user.find(kind=ui.table, marker="leads").elements
    return list(table.rows)


def count(desk: Desk, state: str) -> str:
    (label,) = desk.user.find(kind=ui.label, marker=f"count-{state}").elements
    return str(label.text)


async def test_counts_and_leads_follow_the_api(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada)
    desk.api.lead("closed")
    await desk.sign_in(desk.api.person("Maya", "Manager", "manager"))

    async def shown() -> bool:
        return len(rows(desk)) == 1

    await assert_eventually(shown)
    deadline = datetime.fromisoformat(desk.api.leads[lead]["claim_timer_expires_at"])
    assert rows(desk)[0] == {
        "id": str(lead),
        "lead": str(lead)[:8],
        "state_label": "Offered",
        "color": "amber-9",
        "agent": "Ada Archer",
        "tier": "Tier2",
        "score": 72,
        "line": "Auto",
        "passed": 0,
        "deadline": int(deadline.timestamp() * 1000),
        "window": "to claim",
        "breached": False,
    }
    assert (count(desk, "offered"), count(desk, "closed"), count(desk, "escalated")) == ("1", "1", "0")

    desk.api.leads[lead] |= {
        "lifecycle_state": "escalated",
        "assigned_agent_id": None,
        "claim_timer_expires_at": None,
        "claim_sla_breached": True,
    }

    async def moved() -> bool:
        return bool(rows(desk)[0]["state_label"] == "Escalated")

    await assert_eventually(moved)
    row = rows(desk)[0]
    assert (row["agent"], row["deadline"], row["window"], row["breached"]) == ("nobody yet", None, "", True)
    assert (count(desk, "offered"), count(desk, "escalated")) == ("0", "1")


async def test_an_empty_system_shows_zeros(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Maya", "Manager", "manager"))
    await desk.sees("count-closed")
    assert count(desk, "closed") == "0"
    assert rows(desk) == []


async def test_a_click_on_a_row_opens_the_lead(desk: Desk) -> None:
    lead = desk.api.lead("queued")
    await desk.sign_in(desk.api.person("Noor", "Admin", "admin"))
    desk.user.find(marker="leads").trigger("rowClick", [{}, {"id": str(lead)}, None])
    await desk.sees("What happened")
    await desk.sees(str(lead))


async def test_agents_are_sent_to_their_own_page(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    await desk.sign_in(ada)
    await desk.user.open("/board")
    await desk.sees("Offered to you")


async def test_old_figures_are_marked_while_the_api_is_away(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Maya", "Manager", "manager"))
    await desk.sees("count-closed")
    desk.api.away = True
    await desk.sees("What you see is from")
    desk.api.away = False
    await desk.sees_no("What you see is from")
