"""Random lives in working time: a calendar with a break, the customers' own hours, outages, tries, agents who go.

No model says what comes of each step; the checker is silent after every one, windows end in working time, and
nobody is warned outside of it. As in `test_random_lives` the quick test makes the same runs every time.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.configuration import Configuration
from domain.contact import ContactResult
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.commands import (
    Claim,
    Command,
    Contact,
    Decline,
    Pause,
    Release,
    Resume,
    Snooze,
    person_command_id,
)
from domain.lifecycle.state import LifecycleState
from domain.routing.agent import AgentStatus
from services.new_lead import NewLead
from tests.db.databases import Database
from tests.simulation.house import House
from tests.simulation.worker import next_work
from tests.support.phones import fresh_phone
from workflows.messages import LeadSnapshot

_DAY = ["09:00-12:00", "13:00-18:00"]
_BODY: dict[str, Any] = {
    "calendars": {"office": {"time_zone": "UTC", "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), _DAY)}},
    "sla": {
        "calendar": "office",
        "calling": {"start": "08:00", "end": "21:00", "unknown_zones": ["America/New_York"]},
        "escalation_levels": 2,
        "follow_ups": {"steps": [10, "next_morning"], "tries": 2},
        "out_of_hours": "offer",
    },
    "queues": {"max_attempts": 1000, "manager_after_hours": 1000000},
    "presence": {"held_leads": "move", "on_leave": "hand_over", "ignored_offers": 0},
}
_CALENDAR = Configuration.model_validate(_BODY).calendars["office"]
_LEADS = 4
_place = st.integers(0, _LEADS - 1)
_STEPS = [timedelta(seconds=by) for by in (1, 100, 299, 601)] + [timedelta(hours=by) for by in (1, 3, 14, 60)]
_OUTAGES = [timedelta(seconds=by) for by in (20, 400, 7200)]
_LEAVES = [timedelta(hours=by) for by in (1, 24, 100)]
_TICK = timedelta(microseconds=1)
_NEXT: dict[LifecycleState, tuple[type[Command], ...]] = {
    LifecycleState.OFFERED: (Claim, Claim, Decline),
    LifecycleState.CLAIMED: (Contact, Pause, Release),
    LifecycleState.ATTEMPTING: (Contact, Snooze, Pause),
    LifecycleState.CONTACTED: (Snooze, Release),
}


class Hours(RuleBasedStateMachine):
    """One run: a few leads, three agents, and time in which nobody works."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.leads: list[LeadId] = []
        self.numbers = 0
        self.in_the_morning: UUID | None = None

    @initialize(shifts=st.booleans())
    def begin(self, shifts: bool) -> None:
        """An empty house at nine on a Monday, and one lead; one of the agents may work in the mornings only."""
        self.house.reset()
        if shifts:
            self.in_the_morning = self.house.people.agents[0]
            self.house.work_mornings(self.in_the_morning)
        self.receive()

    @precondition(lambda self: len(self.leads) < _LEADS)
    @rule()
    def receive(self) -> None:
        """A lead comes in and is routed."""
        self.house.clock.move(timedelta(milliseconds=1))
        self.leads.append(self.house.receive(NewLead(source="website", phone=fresh_phone())))
        self._work(self.leads[-1])

    @rule(by=st.sampled_from(_STEPS), workers=st.booleans())
    def pass_time(self, by: timedelta, workers: bool) -> None:
        """Time passes; the workers do what is due when it is due, or are late with all of it."""
        until = self.house.clock.now() + by
        while workers and (due := self._due()) is not None and due <= until:
            self.house.clock.move(max(due - self.house.clock.now(), timedelta()))
            for lead_id in self.leads:
                self._work(lead_id)
        self.house.clock.move(until - min(self.house.clock.now(), until))
        for lead_id in self.leads:
            self._work(lead_id)

    @rule(by=st.sampled_from(_OUTAGES))
    def be_away(self, by: timedelta) -> None:
        """An outage, after which the workers go on."""
        self.house.be_away(by)
        for lead_id in self.leads:
            self._work(lead_id)

    @rule(
        place=st.integers(0, _LEADS - 1),
        alternative=st.integers(0, 2),
        reached=st.booleans(),
        minutes=st.integers(1, 900),
    )
    def act(self, place: int, alternative: int, reached: bool, minutes: int) -> None:
        """Whoever has the lead does something with it; a paused one goes on first."""
        lead = self.house.current(self.leads[place % len(self.leads)])
        choices = _NEXT.get(lead.state)
        if choices is None or lead.agent is None:
            return
        kind = Resume if lead.paused_at is not None else choices[alternative % len(choices)]
        body: dict[str, Any] = {}
        if kind is Contact:
            body["result"] = ContactResult.CONNECTED if reached else ContactResult.NO_ANSWER
        if kind in (Pause, Snooze):
            body |= {"code": "later", "until": self.house.clock.now() + timedelta(minutes=minutes)}
        if kind is Release:
            body["code"] = "busy"
        self.numbers += 1
        actor = Actor(role=Role.AGENT, id=lead.agent)
        command_id = person_command_id(actor, f"n{self.numbers}")
        self.house.apply(lead.id, kind(command_id=command_id, actor=actor, received_at=self.house.clock.now(), **body))

    @rule(which=st.integers(0, 2), status=st.sampled_from([AgentStatus.AVAILABLE, AgentStatus.OFFLINE]))
    def come_or_go(self, which: int, status: AgentStatus) -> None:
        """An agent comes or goes."""
        self.house.set_status(self.house.people.agents[which], status)

    @rule(which=st.integers(0, 2), by=st.sampled_from(_LEAVES))
    def take_leave(self, which: int, by: timedelta) -> None:
        """An agent is away from now on, whatever the leads."""
        self.house.take_leave(self.house.people.agents[which], by)

    @rule()
    def look_for_the_absent(self) -> None:
        """Leads of agents who are gone, on leave or Offline, move on."""
        self.house.clock.move(timedelta(milliseconds=1))
        self.house.look_for_the_absent()
        for lead_id in self.leads:
            self._work(lead_id)

    @invariant()
    def nobody_is_offered_a_lead_while_away(self) -> None:
        """Neither on leave nor between two shifts."""
        for at, agent, on_leave in self.house.offers():
            assert not on_leave, f"{agent} at {at}"
            assert agent != self.in_the_morning or (at.weekday() < 5 and 9 <= at.hour < 12), f"{agent} at {at}"

    @invariant()
    def the_checker_is_silent(self) -> None:
        """Nothing violates what must hold at every commit."""
        assert self.house.violations() == ()

    @invariant()
    def windows_end_in_working_time(self) -> None:
        """Every running window ends while people work, at a closing, or, for the daily look, at an opening."""
        for lead_id in self.leads:
            ends_at = self.house.current(lead_id).window_due_at
            assert ends_at is None or any(map(_CALENDAR.is_open, (ends_at - _TICK, ends_at))), f"{lead_id}: {ends_at}"

    @invariant()
    def nobody_is_warned_out_of_hours(self) -> None:
        """Not even when the workers were late."""
        outside = [(at, window) for at, window in self.house.warnings() if not _CALENDAR.is_open(at)]
        assert outside == []

    def _due(self) -> Any:
        leads = (self.house.current(lead_id) for lead_id in self.leads)
        return min((at for lead in leads for at in (lead.wake_at, lead.remind_at) if at is not None), default=None)

    def _work(self, lead_id: LeadId) -> None:
        """What the lead's workflow does until nothing is due."""
        for _ in range(6):
            snapshot = LeadSnapshot.of(self.house.current(lead_id))
            work = next_work(lead_id, snapshot, snapshot.seq, self.house.clock.now())
            if work.name in ("read", "finish"):
                return
            self.house.turn(work.name, work.turn)


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """The services on a database of the test's own."""
    opened = House(database, json.dumps(_BODY))
    yield opened
    opened.close()


def _living_in(house: House) -> type[Hours]:
    class HoursHere(Hours):
        def __init__(self) -> None:
            super().__init__(house)

    return HoursHere


_COMMON = settings(
    deadline=None, print_blob=True, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)


def test_a_few_random_lives_in_working_time(house: House) -> None:
    few = settings(_COMMON, max_examples=6, stateful_step_count=20, derandomize=True, database=None)
    run_state_machine_as_test(_living_in(house), settings=few)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_many_random_lives_in_working_time(house: House) -> None:
    chosen = int(os.environ.get("BATON_SEED") or random.SystemRandom().randrange(2**32))
    print(f"BATON_SEED={chosen}")
    many = settings(_COMMON, max_examples=25, stateful_step_count=40)
    run_state_machine_as_test(seed(chosen)(_living_in(house)), settings=many)
