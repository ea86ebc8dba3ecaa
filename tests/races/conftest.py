"""An arena per test, with enough connections for everybody to be in the database at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from db.session import create_engines
from tests.db.databases import Database
from tests.races.arena import Arena, make_arena


@pytest.fixture
async def arena(database: Database) -> AsyncIterator[Arena]:
    """The real services on a database of the test's own."""
    engines = create_engines(database.application, pool_size=12, max_overflow=0, application_name="races")
    yield make_arena(database, engines, seed=20)
    await engines.dispose()
