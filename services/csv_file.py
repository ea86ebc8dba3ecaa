"""A CSV file, read record by record: whatever is wrong with one record costs that record only."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from domain.errors import InvalidInputError

REJECT_COLUMNS = ("rejected_row", "rejected_because")
"""Leading columns of a rejects file. They are left out when it is read again."""

_DELIMITERS = ",;\t|"
_UNDECODED = range(0xDC80, 0xDD00)


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `number` is the row in which a spreadsheet shows it; `problem` says why it cannot be used."""

    number: int
    cells: tuple[str, ...]
    problem: str | None = None


class CsvFile:
    """An open file, its header read. Only `open_csv` makes one."""

    def __init__(self, stream: TextIO, path: Path, delimiter: str | None, wanted: Collection[str]) -> None:
        self.path = path
        self.encoding = stream.encoding
        self.size = path.stat().st_size
        self._stream = stream
        self._lines = _Lines(stream)
        self._number = 0
        self.delimiter = delimiter or self._likely_delimiter(wanted)
        self._reader = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
        self._skip = 0
        head = self._first()
        self._skip = len(REJECT_COLUMNS) if head[: len(REJECT_COLUMNS)] == REJECT_COLUMNS else 0
        self.raw_header = head[self._skip :]
        self.header = tuple(name.strip() for name in self.raw_header)
        twice = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if twice:
            raise InvalidInputError(path.name, f"the header has {', '.join(twice)} twice; rename one of each")

    @property
    def position(self) -> int:
        """Bytes read so far, roughly; up to `size`."""
        return self._stream.buffer.tell()

    def records(self) -> Iterator[Record]:
        """The rows below the header; empty ones are left out."""
        while (record := self._next()) is not None:
            if any(cell.strip() for cell in record.cells):
                yield record

    def _first(self) -> tuple[str, ...]:
        for record in iter(self._next_raw, None):
            if not any(cell.strip() for cell in record.cells):
                continue
            if record.problem is not None:
                raise InvalidInputError(self.path.name, f"the header cannot be read: {record.problem}")
            return record.cells
        raise InvalidInputError(self.path.name, "is empty; it needs a header and rows")

    def _next(self) -> Record | None:
        record = self._next_raw()
        if record is None or record.problem is not None:
            return record
        cells, width = record.cells[self._skip :], len(self.raw_header)
        if len(cells) == width or not any(cell.strip() for cell in cells):
            return Record(record.number, cells)
        if len(self._lines.taken) > 1:
            # A stray quote joins rows; taken one by one the rows after it are whole again.
            return self._split_off_first_line("has a quote that is not closed; remove it, or double it inside quotes")
        remedy = "add the missing cells" if len(cells) < width else f"put texts with {self.delimiter!r} in quotes"
        return Record(record.number, cells, f"has {len(cells)} cells, the header {width}; {remedy}")

    def _next_raw(self) -> Record | None:
        self._lines.taken.clear()
        self._number += 1
        try:
            cells = tuple(next(self._reader))
        except StopIteration:
            return None
        except csv.Error as error:
            return self._split_off_first_line(f"has misplaced quotes ({error}); remove them, or double them")
        return Record(self._number, cells, self._unreadable("".join(self._lines.taken)))

    def _split_off_first_line(self, problem: str) -> Record:
        first, *rest = self._lines.taken
        self._lines.put_back(rest)
        cells = tuple(first.rstrip("\r\n").split(self.delimiter))
        return Record(self._number, cells[self._skip :], problem)

    def _unreadable(self, text: str) -> str | None:
        if "\0" in text:
            return "has a NUL character; remove it, or give the file's encoding (a UTF-16 file has many)"
        if not text.isascii() and any(ord(character) in _UNDECODED for character in text):
            return f"is not {self.encoding} text; give the file's encoding, for example cp1252"
        return None

    def _likely_delimiter(self, wanted: Collection[str]) -> str:
        head: list[str] = []
        for line in self._lines:
            head.append(line)
            if line.strip():
                break
        self._lines.put_back(head)
        names = {d: [name.strip() for name in next(csv.reader(head[-1:], delimiter=d), [])] for d in _DELIMITERS}
        return max(_DELIMITERS, key=lambda d: (len(set(wanted) & set(names[d])), len(names[d])))


@contextmanager
def open_csv(
    path: Path, *, encoding: str = "utf-8-sig", delimiter: str | None = None, wanted: Collection[str] = ()
) -> Iterator[CsvFile]:
    """Open a file and read its header. Without `delimiter` the one that yields most of `wanted` is taken.

    Raises InvalidInputError when there is no usable header, OSError when the file cannot be opened.
    """
    # Bytes that are not text in this encoding survive as surrogates: only their row is rejected, unchanged.
    with path.open(newline="", encoding=encoding, errors="surrogateescape") as stream:
        yield CsvFile(stream, path, delimiter, wanted)


class _Lines:
    """Physical lines, those of the current record remembered so that they can be read once more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._stream)
        self.taken.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        """Read these lines next."""
        self._back.extendleft(reversed(lines))
