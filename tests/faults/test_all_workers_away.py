"""What fell due while no worker was alive is done within 25 seconds of their return: once, and nothing early."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.eventually import assert_eventually
from tests.support.faults import House, open_house
from tests.support.servers import Servers

WINDOW = 40
KINDS = ("breach", "end_pause", "remind")
WITHIN_SECONDS = 25.0


async def _done(house: House, since: datetime) -> list[tuple[str, str, datetime, datetime]]:
    """Time's transitions that were recorded since then: lead, kind, due, recorded."""
    query = """SELECT lead_id::text, kind, due_at, recorded_at FROM lead_transitions
                WHERE kind = ANY($1) AND recorded_at >= $2 ORDER BY recorded_at"""
    return [(row[0], row[1], row[2], row[3]) for row in await house.sql(query, list(KINDS), since)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_whatever_was_due_is_done_soon_after_the_workers_are_back(servers: Servers) -> None:
    async with open_house(servers, window_seconds=WINDOW, follow_ups={"steps": [1], "tries": 6}) as house:
        workers = [house.start("worker"), house.start("worker")]
        await house.start_api()
        leads = [await house.receive(str(number)) for number in range(12)]
        offers = [await house.offered(lead_id) for lead_id in leads]
        ignored, claimed, paused, tried = (leads[number::4] for number in range(4))
        for lead_id, (agent, epoch) in zip(leads, offers, strict=True):
            if lead_id not in ignored:
                await house.command(lead_id, "claim", agent, key=f"claim-{lead_id}", epoch=epoch)
            if lead_id in paused:
                until = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
                answer = await house.command(
                    lead_id, "pause", agent, key=f"pause-{lead_id}", code="documents", until=until
                )
                assert answer.status_code == 200, answer.text
            if lead_id in tried:
                await house.command(lead_id, "contact", agent, key=f"tried-{lead_id}", epoch=epoch, result="no_answer")
        await house.settled()
        for worker in workers:
            worker.kill()
        killed_at = datetime.now(UTC)

        async def overdue() -> bool:
            query = "SELECT count(*) FROM crm_leads WHERE least(wake_at, remind_at) < now() - interval '2 s'"
            return await house.sql(query) == [(12,)]

        await assert_eventually(overdue, 90, what="everything was due two seconds ago")
        assert await _done(house, killed_at) == []

        back_at = datetime.now(UTC)
        workers = [house.start("worker"), house.start("worker")]
        wanted = {
            *((str(lead_id), "breach") for lead_id in (*ignored, *claimed)),
            *((str(lead_id), "end_pause") for lead_id in paused),
            *((str(lead_id), "remind") for lead_id in tried),
        }

        async def all_done() -> bool:
            return wanted <= {(lead, kind) for lead, kind, _, _ in await _done(house, back_at)}

        await assert_eventually(all_done, 60, what="everything that was due is done")
        done = await _done(house, back_at)
        first = {(lead, kind): recorded for lead, kind, _, recorded in reversed(done)}
        slowest = max(first[one] - back_at for one in wanted)
        assert slowest < timedelta(seconds=WITHIN_SECONDS), f"the slowest took {slowest}"
        assert len({(lead, kind, due) for lead, kind, due, _ in done}) == len(done), "each once"
        assert all(recorded >= due for _, _, due, recorded in done), "none early"
        warnings = """SELECT count(*) FROM "RoutingEvent" WHERE "eventType" = 'sla_warning' AND "leadId" = ANY($1)
                        AND ("eventData" ->> 'epoch')::int = 1"""
        assert await house.sql(warnings, list(ignored)) == [(0,)], "nobody is warned of what is over"
        await asyncio.gather(*(house.finish(lead_id) for lead_id in (*ignored, *claimed, *paused)))
        await house.settled()
        await house.prove()
