"""The rows that were not imported, with the reason, as a file that can be corrected and imported again."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from domain.errors import InvalidInputError
from services.csv_file import REJECT_COLUMNS, CsvFile
from services.lead_rows import Reject


class RejectsFile:
    """Made with the first reject; the one of an earlier run is removed at the start.

    Raises InvalidInputError when `path` is the imported file, cannot be written, or holds anything else.
    """

    def __init__(self, path: Path, source: CsvFile) -> None:
        self.path = path
        self.count = 0
        self._encoding = source.encoding
        self._delimiter = source.delimiter
        self._header = source.raw_header
        self._stream: TextIO | None = None
        self._writer: Any = None
        self._clear(source.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, rejects: Sequence[Reject]) -> None:
        """Append rows and hand them to the operating system."""
        if not rejects:
            return
        if self._stream is None:
            # It holds what the imported file holds: personal data, so nobody else may read it.
            opened = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._stream = os.fdopen(opened, "w", newline="", encoding=self._encoding, errors="surrogateescape")
            # The writer quotes a lone CR only when the line ends contain one.
            self._writer = csv.writer(self._stream, delimiter=self._delimiter, lineterminator="\r\n")
            self._writer.writerow([*REJECT_COLUMNS, *self._header])
        self._writer.writerows([reject.number, reject.reason, *reject.cells] for reject in rejects)
        self._stream.flush()
        self.count += len(rejects)

    def _clear(self, imported: Path) -> None:
        if self.path.exists():
            if self.path.samefile(imported):
                raise InvalidInputError("rejects", f"{self.path} is the file to import; name another one")
            self._refuse_foreign()
        if not os.access(self.path.parent, os.W_OK | os.X_OK):
            raise InvalidInputError("rejects", f"{self.path.parent} cannot be written to; name another place")
        self.path.unlink(missing_ok=True)

    def _refuse_foreign(self) -> None:
        if self.path.is_file():
            with self.path.open("rb") as stream:
                head = stream.read(256)
            if not head or REJECT_COLUMNS[0] in head.replace(b"\0", b"").decode("ascii", "ignore"):
                return
        raise InvalidInputError("rejects", f"{self.path} is there and is no rejects file; name another one")
