"""The application's engines for the tests of the demo and its checker."""

from tests.db.conftest import engines

__all__ = ["engines"]
