"""The kinds of value that scoring profiles are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

Points = Annotated[float, Field(ge=0, le=100)]
"""Points of a score, 0..100."""


def _lower_case(name: str) -> str:
    wanted = name.strip().lower()
    if not wanted:
        raise ValueError("a source has no name; write the one that its leads carry in `source`")
    if name != wanted:
        raise ValueError(f"{name!r} would never match, sources are compared in lower case; write {wanted!r}")
    return name


SourceName = Annotated[str, AfterValidator(_lower_case)]
"""Name of a source as profiles write it: lower case, no spaces around it."""
