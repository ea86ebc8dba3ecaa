"""The database's fixtures, and engines on it."""

from __future__ import annotations

from tests.db.conftest import engines

__all__ = ["engines"]
