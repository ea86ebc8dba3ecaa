"""The page of one lead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from nicegui import ui

from console.countdown import Countdown
from tests.console.conftest import Desk

AT = datetime(2026, 3, 2, 20, 3, 22, tzinfo=UTC)


def entry(what: str, kind: str, actor: UUID | str | None = None, seq: int | None = None, **data: Any) -> dict[str, Any]:
    return {
        "at": AT.isoformat(),
        "seq": seq,
        "what": what,
        "kind": kind,
        "actor": str(actor) if actor else None,
        "data": data,
    }


async def test_contact_details_appear_with_the_claim(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada)
    await desk.sign_in(ada, to=f"/lead/{lead}")
    await desk.sees("Name, phone and e-mail appear with the claim.")
    await desk.sees_no("+12025550123")

    desk.api.leads[lead] |= {"lifecycle_state": "claimed", "seq": 4}
    await desk.sees("+12025550123")
    await desk.sees("Pat Doe")


async def test_the_countdown_gets_the_servers_deadline(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada, claim_timer_expires_at=AT.isoformat())
    await desk.sign_in(ada, to=f"/lead/{lead}")
    await desk.sees("to claim")
    (countdown,) = desk.user.find(Countdown).elements
    assert countdown.props["deadline"] == str(int(AT.timestamp() * 1000))

    desk.api.leads[lead] |= {"lifecycle_state": "queued", "claim_timer_expires_at": None, "seq": 4}
    await desk.sees("no window runs")
    (countdown,) = desk.user.find(Countdown).elements
    assert "deadline" not in countdown.props


async def test_a_manager_pauses_a_lead_and_an_onlooker_does_not(desk: Desk) -> None:
    ada, may = desk.api.person("Ada", "Archer"), desk.api.person("May", "Moss", "manager")
    lead = desk.api.lead("offered", ada)
    await desk.sign_in(ada, to=f"/lead/{lead}")
    await desk.sees("Came in")
    await desk.sees_no("Pause")
    desk.click("Sign out")
    await desk.sees("Access token")

    await desk.sign_in(may, to=f"/lead/{lead}")
    await desk.press("later")
    await desk.press("choice-customer_asked")
    await desk.press("choice-1h")
    await desk.sees("the customer asked to wait")
    await desk.press("later")
    await desk.sees("It goes on, with the time that was left.")
    assert [asked.verb for asked in desk.api.asked] == ["pause", "resume"]


async def test_the_timeline_reads_like_a_story(desk: Desk) -> None:
    ada, ben = desk.api.person("Ada", "Archer"), desk.api.person("Ben", "Brandt")
    noor = desk.api.person("Noor", "Admin", "admin")
    lead = desk.api.lead("claimed", ben)
    desk.api.timelines[lead] = [
        entry("transition", "receive", f"service:{uuid4()}", 1, state="received", epoch=0),
        entry("event", "received", source="website"),
        entry("event", "assigned", ada, epoch=1),
        entry("event", "sla_breached", ada, window="claim"),
        entry("reassignment", "no_contact", noor, from_agent=str(ada), to_agent=str(ben)),
        entry("event", "contact_attempted", ben, channel="call", result="no_answer"),
        entry("attempt", "call", ben, result="no_answer", direction="outbound"),
    ]
    await desk.sign_in(noor, to=f"/lead/{lead}")
    for sentence in (
        "Came in",
        "Offered to Ada Archer",
        "Missed the claim window (Ada Archer)",
        "Passed on from Ada Archer to Ben Brandt (no contact)",
        "Call: no answer (Ben Brandt)",
        "2 Mar 14:03:22",
    ):
        await desk.sees(sentence)
    await desk.sees_no("No. 1: receive")

    desk.user.find(kind=ui.switch).click()
    await desk.sees("No. 1: receive by another system, now received")


async def test_a_lead_that_is_not_there_is_said_to_be_missing(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Ada", "Archer"), to=f"/lead/{uuid4()}")
    await desk.sees("There is no such lead, or you may not see it.")
