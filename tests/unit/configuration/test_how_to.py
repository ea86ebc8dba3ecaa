"""The file that the how-to shows is one that can be applied."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from db.repositories.teams import Person
from domain.ids import AgentId
from domain.lifecycle.actor import Role
from services.configuration_files import read_document, read_wanted
from services.publishing import make_plan
from tests.unit.configuration.world import AT, BOSS, FULL, PEOPLE, published

DOCUMENT = Path(__file__).parents[3] / "docs" / "how-to" / "configuration.md"


def test_the_example_can_be_applied() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    maya = Person(id=AgentId(BOSS), email="maya@example.com", role=Role.MANAGER, is_active=True)
    world = replace(published(), people=(*(person for person in PEOPLE if person.id != BOSS), maya))
    plan = make_plan(world, read_wanted(read_document(example, "example"), FULL, world.teams, world.directory, AT))
    assert plan.errors == ()
    assert [rule.name for rule in plan.wanted.configuration.rules] == [
        "Texas to the west",
        "Large customers have time",
    ]
