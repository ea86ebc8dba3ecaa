"""Deterministic people for a demo: the same number gives the same names, skills and ids everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

_FIRST = ("Ada", "Ben", "Clara", "Diego", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona")
_LAST = ("Archer", "Brandt", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Kaya")
_LINES = ("Auto", "Home", "Life", "Health", "Commercial")
_SEGMENTS = ("Individual", "SMB", "Enterprise")
_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
_LANGUAGES = (("en",), ("en", "es"), ("en",), ("en", "fr"), ("en", "es", "de"))
_TERRITORIES = ((), (), ("CA", "OR", "WA"), (), ("TX", "NM", "OK"), (), ("NY", "NJ", "CT"))


@dataclass(frozen=True)
class DemoPerson:
    """One generated person. `skills` are (line, segment) pairs; empty `territories` means everywhere."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    role: str
    languages: tuple[str, ...]
    timezone: str
    rating: float
    skills: tuple[tuple[str, str], ...]
    territories: tuple[str, ...]
    proficiency: int


def demo_people(agents: int) -> tuple[DemoPerson, ...]:
    """`agents` agents plus one manager and one admin; nobody at all for 0.

    Every line is covered from five agents on, every segment from fifteen; the first is always Auto for individuals.
    Raises ValueError for a negative number.
    """
    if agents < 0:
        raise ValueError(f"agents: must not be negative, got {agents}")
    if agents == 0:
        return ()
    return (*(_agent(number) for number in range(agents)), _chief("manager", "Maya"), _chief("admin", "Noor"))


def _agent(number: int) -> DemoPerson:
    first = _FIRST[number % len(_FIRST)]
    last = _LAST[number * 3 % len(_LAST)]
    email = f"{first}.{last}.{number + 1}@example.com".lower()
    segment = _SEGMENTS[number // len(_LINES) % len(_SEGMENTS)]
    return DemoPerson(
        id=_id(email),
        email=email,
        first_name=first,
        last_name=last,
        role="agent",
        languages=_LANGUAGES[number % len(_LANGUAGES)],
        timezone=_ZONES[number % len(_ZONES)],
        rating=round(0.55 + number * 37 % 45 / 100, 2),
        skills=(
            (_LINES[number % len(_LINES)], segment),
            (_LINES[(number + 2) % len(_LINES)], "Individual"),
        ),
        territories=_TERRITORIES[number % len(_TERRITORIES)],
        proficiency=1 + number * 3 % 5,
    )


def _chief(role: str, first: str) -> DemoPerson:
    email = f"{first}.{role}@example.com".lower()
    return DemoPerson(
        id=_id(email),
        email=email,
        first_name=first,
        last_name=role.capitalize(),
        role=role,
        languages=("en",),
        timezone=_ZONES[0],
        rating=0.9,
        skills=(),
        territories=(),
        proficiency=1,
    )


def _id(email: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"mailto:{email}")
