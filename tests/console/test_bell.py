"""The bell in the header."""

from __future__ import annotations

from tests.console.conftest import Desk


async def test_a_notice_is_counted_read_and_leads_to_its_lead(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("claimed", ada)
    await desk.sign_in(ada)
    await desk.sees("Nothing right now")

    desk.api.notice(ada, "sla_warning", lead, window="contact", level=1)
    await desk.sees("Warning 1 of the contact window")
    await desk.press("notice")
    await desk.sees("What happened")
    assert desk.api.notices == []


async def test_all_are_cleared_at_once_and_others_keep_theirs(desk: Desk) -> None:
    ada, ben = desk.api.person("Ada", "Archer"), desk.api.person("Ben", "Brandt")
    lead = desk.api.lead("attempting", ada)
    desk.api.notice(ada, "follow_up_due", lead, attempt=2)
    desk.api.notice(ada, "set_to_break", ignored=3)
    desk.api.notice(ben, "sla_warning", lead, window="claim", level=1)
    await desk.sign_in(ada)
    await desk.sees("To be tried again, attempt 2")
    await desk.sees("You were set to Break after 3 offers without an answer")
    await desk.sees_no("claim window")
    await desk.press("clear")
    await desk.sees_no("To be tried again, attempt 2")
    assert [notice["to"] for notice in desk.api.notices] == [str(ben)]
