"""Today's workflow code does what it did in every stored history."""

from __future__ import annotations

import json

import pytest
from temporalio.client import WorkflowHistory

from tests.replay.histories import FINGERPRINTS, commands_of, fingerprint, stored
from workers.worker import make_replayer

_STORED = dict(stored())


@pytest.mark.parametrize("name", _STORED)
async def test_a_stored_history_is_decided_the_same(name: str) -> None:
    await make_replayer().replay_workflow(_STORED[name])


def test_every_history_is_whole() -> None:
    known = json.loads(FINGERPRINTS.read_text())
    assert {name: fingerprint(history) for name, history in _STORED.items()} == known


def test_the_corpus_covers_what_a_workflow_can_ask_for() -> None:
    asked = {command for history in _STORED.values() for command in commands_of(history)}
    activities = {command.split()[-1] for command in asked if command.startswith("ACTIVITY")}
    assert activities >= {
        *("read_lead", "score_lead", "route_lead", "reassign_lead", "expire_lead"),
        *("remind_lead", "resume_lead", "record_outcome", "apply_command"),
    }
    assert asked >= {
        *("TIMER_STARTED", "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"),
        *("WORKFLOW_EXECUTION_COMPLETED", "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"),
    }


async def test_a_history_that_says_otherwise_is_noticed() -> None:
    name, history = next((name, one) for name, one in _STORED.items() if "TIMER_STARTED" in commands_of(one))
    told = json.loads(history.to_json())
    scheduled = [event for event in told["events"] if "activityTaskScheduledEventAttributes" in event]
    scheduled[0]["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "expire_lead"
    other = WorkflowHistory.from_json(name, json.dumps(told))
    with pytest.raises(Exception, match=r"[Nn]ondeterminism"):
        await make_replayer().replay_workflow(other)
