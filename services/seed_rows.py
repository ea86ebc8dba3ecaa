"""The rows that `baton seed` adds, as pure functions of who and when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from services.demo_people import DemoPerson

ELITE_RATING = 0.9
ELITE_CAPACITY, CAPACITY = 8, 5


def fixed_id(name: str) -> UUID:
    """The id that a seeded row has in every database, so that a second run finds it even when it was renamed."""
    return uuid5(NAMESPACE_URL, f"https://baton.example/{name}")


def agent(person: DemoPerson, at: datetime) -> dict[str, Any]:
    """The crm_agents row of a demo person; only agents accept new leads."""
    return {
        "id": person.id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "languages": list(person.languages),
        "timezone": person.timezone,
        "rating": person.rating,
        "accepts_new_leads": person.role == "agent",
        "created_at": at,
        "updated_at": at,
    }


def specialization(
    *,
    agent_id: UUID,
    line: str,
    segment: str,
    languages: Sequence[str],
    at: datetime,
    territories: Sequence[str] = (),
    proficiency: int = 1,
) -> dict[str, Any]:
    """An AgentSpecialization row."""
    return {
        "agent_id": agent_id,
        "insurance_line": line,
        "customer_segment": segment,
        "proficiency_level": proficiency,
        "languages": list(languages),
        "territories": list(territories),
        "created_at": at,
        "updated_at": at,
    }


def availability(agent_id: UUID, rating: float, status: str, at: datetime) -> dict[str, Any]:
    """An AgentAvailability row without load; the capacity follows from the rating (0 to 1)."""
    return {
        "agent_id": agent_id,
        "status": status,
        "max_capacity": ELITE_CAPACITY if rating >= ELITE_RATING else CAPACITY,
        "last_updated": at,
        "updated_at": at,
    }


def example_rules(at: datetime) -> list[dict[str, Any]]:
    """Two rules to start from, both inactive."""
    return [
        _rule(
            name="West coast: least loaded agent",
            kind="geographic",
            condition={"field": "state", "operator": "in", "value": ["CA", "OR", "WA"]},
            strategy="least_loaded",
            priority=60,
            at=at,
        ),
        _rule(
            name="Tier 1: best fit at once",
            kind="business_logic",
            condition={"field": "tier", "operator": "eq", "value": "Tier1"},
            strategy="greedy",
            priority=10,
            at=at,
        ),
    ]


def _rule(
    *, name: str, kind: str, condition: dict[str, Any], strategy: str, priority: int, at: datetime
) -> dict[str, Any]:
    return {
        "id": fixed_id(f"rule/{name}"),
        "rule_name": name,
        "rule_type": kind,
        "condition": condition,
        "action": json.dumps({"type": "set_strategy", "params": {"strategy": strategy}}),
        "priority": priority,
        "is_active": False,
        "created_at": at,
        "updated_at": at,
    }


def default_experiment(at: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The paused experiment and its two variants, half of the traffic each."""
    experiment_id = fixed_id("experiment/default")
    experiment = {
        "id": experiment_id,
        "name": "Default: greedy against least loaded",
        "strategy_type": "greedy",
        "description": "Half of the leads each; start it by setting it active.",
        "status": "paused",
        "traffic_percentage": 50.0,
        "start_date": at,
        "success_metric": "conversion_rate",
        "created_at": at,
        "updated_at": at,
    }
    variants = [
        {
            "id": fixed_id(f"variant/default/{name}"),
            "experiment_id": experiment_id,
            "name": name,
            "strategy": strategy,
            "parameters": {},
            "traffic_allocation": 50.0,
            "created_at": at,
        }
        for name, strategy in (("control", "greedy"), ("treatment", "least_loaded"))
    ]
    return experiment, variants
