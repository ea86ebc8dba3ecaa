"""The bench of a decision: an office in which some agents fit and most do not, decided as production decides."""

from __future__ import annotations

import json
import zlib

import asyncpg
import psutil

from bench.decision import decide_all
from bench.office import arrive, staff
from db.session import Engines
from domain.routing.decision_record import dropped_in
from services.clock import SystemClock
from services.configurations import Configurations
from services.lifecycle import Lifecycle
from tests.db.databases import Database
from tests.support.statements import statements


async def test_every_decision_is_made_and_kept_with_everybody_in_the_office(
    database: Database, engines: Engines
) -> None:
    owner = await asyncpg.connect(database.owner)
    try:
        await staff(owner, 60)
        leads = await arrive(owner, 20)
        lifecycle = Lifecycle(engines.service, SystemClock(), Configurations())
        found = await decide_all(lifecycle, leads, psutil.Process())
        offers = await owner.fetchval(
            "SELECT count(*) FROM lead_offers o JOIN crm_leads l ON l.id = o.lead_id WHERE l.source = 'bench'"
        )
        kept = [
            json.loads(zlib.decompress(row["payload"]))
            for row in await owner.fetch("SELECT payload FROM decision_inputs")
        ]
    finally:
        await owner.close()
    assert found["decisions"] == len(kept) == 20
    assert 0 < found["offered"] == offers
    assert 0 < found["ms"]["p50"] <= found["ms"]["p99"] <= found["ms"]["max"]
    reasons = set()
    for decision in kept:
        dropped = dropped_in(decision)
        assert len(dropped) + len(decision["ranked"]) == 60
        reasons |= set(dropped.values())
    assert reasons >= {"status", "line", "segment", "licence", "territory", "off_shift"}


async def test_a_decision_takes_9_statements(database: Database, engines: Engines) -> None:
    owner = await asyncpg.connect(database.owner)
    try:
        await staff(owner, 60)
        leads = await arrive(owner, 20)
    finally:
        await owner.close()
    lifecycle = Lifecycle(engines.service, SystemClock(), Configurations())
    await decide_all(lifecycle, leads[:1], psutil.Process())
    offered: list[list[str]] = []
    for lead_id in leads[1:]:
        with statements(engines.service) as sent:
            found = await decide_all(lifecycle, [lead_id], psutil.Process())
        if found["offered"]:
            offered.append(sent)
    assert {len(sent) for sent in offered} == {9}, max(offered, key=len)
