"""A mapping that cannot be used: found before the first row is read."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import BatonError


class MappingError(BatonError):
    """The mapping is wrong. Every problem names the key, what is wrong with it, and the remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
