"""Rows of a CSV file as leads, or as rejects with their reason. Nothing is written and no clock is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from domain.errors import InvalidInputError
from services.csv_file import CsvFile, open_csv
from services.mapping import BoundMapping, LeadMapping
from services.new_lead import NewLead, PastLife


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A row that can be imported; `life` when the lead's life is over."""

    number: int
    cells: tuple[str, ...]
    lead: NewLead
    life: PastLife | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be imported. `field` is the target that failed, or `row` for the row as such."""

    number: int
    cells: tuple[str, ...]
    field: str
    problem: str

    @property
    def reason(self) -> str:
        """Field, problem and remedy."""
        return f"{self.field}: {self.problem}"


def read_rows(file: CsvFile, mapping: BoundMapping, *, limit: int | None = None) -> Iterator[LeadRow | Reject]:
    """The file's rows in order, at most `limit` of them; empty rows are left out.

    The same (source, external_id) twice in one file is a reject: the second row would vanish as already there.
    For that, about 150 bytes per row are kept in memory, and nothing else.
    """
    first_rows: dict[bytes, int] = {}
    for record in islice(file.records(), limit):
        if record.problem is not None:
            yield Reject(record.number, record.cells, "row", record.problem)
            continue
        try:
            mapped = mapping.read(record.cells)
        except InvalidInputError as error:
            yield Reject(record.number, record.cells, error.field, error.problem)
            continue
        earlier = first_rows.setdefault(_key(mapped.lead), record.number)
        if earlier != record.number:
            problem = f"{mapped.lead.external_id!r} is that of row {earlier}; give each row an id of its own"
            yield Reject(record.number, record.cells, "external_id", problem)
            continue
        yield LeadRow(record.number, record.cells, mapped.lead, mapped.life)


@contextmanager
def open_rows(
    path: Path, mapping: LeadMapping, *, history: bool = False, limit: int | None = None
) -> Iterator[tuple[CsvFile, Iterator[LeadRow | Reject]]]:
    """Open a file, check the mapping against its header, and give the file and its rows; streamed.

    Raises MappingError when the mapping does not suit the file, InvalidInputError for a file without a usable
    header, OSError when it cannot be read.
    """
    form, wanted = mapping.file, mapping.columns(history=history)
    with open_csv(path, encoding=form.encoding, delimiter=form.delimiter, wanted=wanted) as file:
        yield file, read_rows(file, mapping.bind(file.header, history=history), limit=limit)


def read_new_leads(
    path: Path, mapping: LeadMapping, *, limit: int | None = None
) -> Iterator[tuple[int, NewLead | Reject]]:
    """(row number, new lead or reject) for each row of a file; raises as `open_rows` does."""
    with open_rows(path, mapping, limit=limit) as (_, rows):
        for row in rows:
            yield row.number, row.lead if isinstance(row, LeadRow) else row


def _key(lead: NewLead) -> bytes:
    return hashlib.blake2b(f"{lead.source}\0{lead.external_id}".encode(), digest_size=16).digest()
