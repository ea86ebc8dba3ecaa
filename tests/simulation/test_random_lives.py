"""Random lives against the model, on real Postgres.

The quick test is derandomised: it makes the same runs every time. The slow one begins with a seed of its own and
prints it; `BATON_SEED=… make test-slow ARGS="tests/simulation"` makes the same runs again. A failure is printed as a
program of its steps, with a blob for `@reproduce_failure`, and tried first the next time (`.hypothesis`). Shortening
it takes minutes, since every step is a transaction: add `Phase.shrink` to `_PHASES` to have it done.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.db.databases import Database
from tests.simulation.house import House
from tests.simulation.machine import Lives

_PHASES = [Phase.reuse, Phase.generate]
_COMMON = settings(deadline=None, print_blob=True, phases=_PHASES, suppress_health_check=list(HealthCheck))


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """The services on a database of the test's own."""
    opened = House(database)
    yield opened
    opened.close()


def _living_in(house: House) -> type[Lives]:
    """The machine, bound to its house: Hypothesis makes an instance for each run, without arguments."""

    class LivesHere(Lives):
        def __init__(self) -> None:
            super().__init__(house)

    return LivesHere


def test_a_few_random_lives(house: House) -> None:
    few = settings(_COMMON, max_examples=10, stateful_step_count=30, derandomize=True, database=None)
    run_state_machine_as_test(_living_in(house), settings=few)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_many_random_lives(house: House) -> None:
    chosen = int(os.environ.get("BATON_SEED") or random.SystemRandom().randrange(2**32))
    print(f"BATON_SEED={chosen}")
    many = settings(_COMMON, max_examples=50, stateful_step_count=50)
    run_state_machine_as_test(seed(chosen)(_living_in(house)), settings=many)
