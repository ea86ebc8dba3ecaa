"""Servers that only these tests use, because they kill them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.servers import Servers


@pytest.fixture(scope="package")
def servers() -> Iterator[Servers]:
    """A Postgres and a Temporal server for the tests of this package; each test gets its own database and namespace."""
    servers = Servers()
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()
