"""The application's engines for the tests of the checker."""

from tests.db.conftest import engines

__all__ = ["engines"]
