"""What is sent to Postgres, counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


@contextmanager
def statements(service: AsyncEngine) -> Iterator[list[str]]:
    """Every statement that the engine sends, BEGIN and COMMIT included; savepoints are statements of their own."""
    sent: list[str] = []
    engine = service.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    def control(word: str) -> Any:
        return lambda *_: sent.append(word)

    listeners = [
        ("before_cursor_execute", note),
        ("begin", control("BEGIN")),
        ("commit", control("COMMIT")),
    ]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
