"""What can go wrong in the console.

ConsoleError
├── ConsoleStartError       the process cannot serve: a setting or the port
└── ApiError                the API refused, or did not answer
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ConsoleError(Exception):
    """Base of every exception that the console raises on purpose."""


class ConsoleStartError(ConsoleError):
    """The console cannot start; the message names the setting and the remedy."""


class ApiError(ConsoleError):
    """A problem document of the API, or no usable answer at all.

    `status` is the HTTP status, None when there was no answer. `code` is the documented word (AlreadyClaimed, …),
    `detail` the further members of the document. The message is for people and holds no personal data.
    """

    def __init__(
        self, code: str, message: str, *, status: int | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.detail = dict(detail or {})

    @property
    def signed_out(self) -> bool:
        """The token is not valid, or not any more."""
        return self.status == 401
