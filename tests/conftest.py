"""Fixtures for every kind of test: real servers once per session, a world per test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.db.conftest import database, postgres, template
from tests.db.databases import Database
from tests.support.world import World, open_world
from workers.stack import EmbeddedStack, Part

__all__ = ["database", "postgres", "template"]


@pytest.fixture(scope="session")
def temporal() -> Iterator[str]:
    """The address of a real Temporal server for the session."""
    if address := os.environ.get("TEMPORAL_ADDRESS"):
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="baton-temporal-") as place:
        stack = EmbeddedStack(Path(place), processes=False, parts=(Part.TEMPORAL,))
        stack.start()
        try:
            assert stack.endpoints.temporal_address is not None
            yield stack.endpoints.temporal_address
        finally:
            stack.stop()


@pytest.fixture
async def world(database: Database, temporal: str) -> AsyncIterator[World]:
    """A whole Baton with a worker, on a database of its own."""
    async with open_world(database, temporal) as opened:
        yield opened
