"""Short ways to bind a mapping and read one row with it."""

from __future__ import annotations

import pytest

from services.mapping import MappedRow, MappingError
from services.mapping.definition import parse_mapping

BASE = "  source: {constant: website}\n  external_id: Id\n"


def read(lead: str, *, top: str = "", history: str | None = None, **cells: str) -> MappedRow:
    """The row `cells` (Id is 7 unless given) read by the targets in `lead`, one per line."""
    row = {"Id": "7"} | cells
    lines = "".join(f"  {line}\n" for line in lead.splitlines())
    text = f"{top}\nlead:\n{BASE}{lines}"
    if history is not None:
        text += "history:\n" + "".join(f"  {line}\n" for line in history.splitlines())
    mapping = parse_mapping(text)
    return mapping.bind(list(row), history=history is not None).read(list(row.values()))


def problems(text: str, *header: str, history: bool = False) -> str:
    """What is wrong with a mapping for a file with this header."""
    with pytest.raises(MappingError) as caught:
        parse_mapping(text).bind(header, history=history)
    return str(caught.value)
