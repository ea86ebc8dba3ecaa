"""What the driver itself stumbles over: a connection that broke is unavailable, misuse is a defect."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError

from db.errors import DatabaseUnavailableError
from db.session import Engines, reader_transaction, single_statements, write_transaction


def _break(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def prepare(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(asyncpg.Connection, "prepare", prepare)


async def test_a_protocol_that_broke_is_unavailable(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a statement gets whose connection ends at that moment, whether it is a new one or from the pool."""
    async with write_transaction(engines.service) as connection:
        await connection.execute(text("SELECT 1"))
    _break(monkeypatch, asyncpg.InternalClientError("got result for unknown protocol state 3"))
    for opened in (
        write_transaction(engines.service),
        single_statements(engines.service),
        reader_transaction(engines.reader, None),
    ):
        with pytest.raises(DatabaseUnavailableError, match="unknown protocol state"):
            async with opened as connection:
                await connection.execute(text("SELECT 'not prepared yet'"))
    monkeypatch.undo()
    async with write_transaction(engines.service) as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_misuse_of_the_driver_stays_a_defect(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    _break(monkeypatch, asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"))
    with pytest.raises(InterfaceError, match="expects 2 arguments"):
        async with write_transaction(engines.service) as connection:
            await connection.execute(text("SELECT 1"))
