"""Rows of a CSV file as licences, or as rejects with their reason. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.errors import InvalidInputError
from domain.ids import AgentId
from domain.routing.agent import InsuranceLine
from domain.routing.licence import Licence
from domain.routing.territory import territory_code
from services.agent_access import Reach
from services.csv_file import CsvFile
from services.lead_rows import Reject

COLUMNS = ("agent", "state", "line", "number", "valid_from", "valid_to")
_OPTIONAL = frozenset({"line", "valid_to"})

LicenceKey = tuple[AgentId, str, str | None, str, date]
"""What makes an entry the same one: agent, state, line, number, first day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLine:
    """A row that can be imported."""

    number: int
    agent_id: AgentId
    licence: Licence


def licence_key(agent: AgentId, licence: Licence) -> LicenceKey:
    """The key of an agent's entry."""
    return (agent, licence.state, licence.line, licence.number, licence.valid_from)


def read_licence_rows(file: CsvFile, reach: Reach) -> Iterator[LicenceLine | Reject]:
    """The file's rows in order. Raises InvalidInputError when the header lacks a column."""
    missing = [name for name in COLUMNS if name not in file.header and name not in _OPTIONAL]
    if missing:
        raise InvalidInputError(
            file.path.name, f"the header lacks {', '.join(missing)}; it needs {', '.join(COLUMNS[:-1])} and valid_to"
        )
    places = {name: file.header.index(name) for name in COLUMNS if name in file.header}
    first_rows: dict[LicenceKey, int] = {}
    for record in file.records():
        if record.problem is not None:
            yield Reject(record.number, record.cells, "row", record.problem)
            continue
        cells = {name: record.cells[place].strip() for name, place in places.items()}
        try:
            line = _line(record.number, cells, reach)
            earlier = first_rows.setdefault(licence_key(line.agent_id, line.licence), record.number)
            if earlier != record.number:
                raise InvalidInputError("number", f"is the licence of row {earlier}; leave one of the two out")
        except InvalidInputError as error:
            yield Reject(record.number, record.cells, error.field, error.problem)
            continue
        yield line


def _line(number: int, cells: dict[str, str], reach: Reach) -> LicenceLine:
    for name in COLUMNS:
        if name not in _OPTIONAL and not cells[name]:
            raise InvalidInputError(name, "is empty; fill it in")
    agent = reach.find(cells["agent"])
    valid_from = _date("valid_from", cells["valid_from"])
    valid_to = _date("valid_to", cells["valid_to"]) if cells.get("valid_to") else None
    return LicenceLine(
        number=number,
        agent_id=agent.id,
        licence=Licence(
            state=territory_code(cells["state"]),
            line=_insurance_line(cells.get("line", "")),
            number=cells["number"],
            valid_from=valid_from,
            valid_to=valid_to,
        ),
    )


def _insurance_line(text: str) -> str | None:
    if not text:
        return None
    for line in InsuranceLine:
        if line.value.casefold() == text.casefold():
            return line.value
    raise InvalidInputError("line", f"{text!r} is no line; give {', '.join(InsuranceLine)}, or nothing for every line")


def _date(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(field, f"{text!r} is no date; give it as 2026-12-31") from error
