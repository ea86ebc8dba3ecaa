"""The one MetaData, its naming convention, and the column shapes that recur."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, Uuid, text

# The convention is the one both seed documents follow (and PostgreSQL's own for constraints without a name),
# so a name derived here equals the name in their SQL.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

NOW = text("now()")
"""Default for columns that record when a row was written; no decision reads them."""

RECORDED = text("clock_timestamp()")
"""Default of `recorded_at`: the database's clock at the statement, used only to measure lateness."""

FALSE = text("false")
TRUE = text("true")
ZERO = text("0")

LINES = ("Auto", "Home", "Life", "Health", "Commercial")
SEGMENTS = ("Individual", "SMB", "Enterprise")
STRATEGIES = (
    "greedy",
    "optimal",
    "reinforcement",
    "manual",
    "hybrid",
    "round_robin",
    "weighted",
    "least_loaded",
    "broadcast",
)


def uuid_key(name: str = "id") -> Column[Any]:
    """A UUID primary key that the database fills when the writer does not."""
    return Column(name, Uuid, primary_key=True, server_default=text("gen_random_uuid()"))


def instant(
    name: str, *, key: str | None = None, nullable: bool = True, default: Any = None, comment: str | None = None
) -> Column[Any]:
    """A TIMESTAMPTZ column; `default` is a server default such as NOW or RECORDED."""
    return Column(
        name,
        DateTime(timezone=True),
        key=key or name,
        nullable=nullable,
        server_default=default,
        comment=comment,
    )


def one_of(column: str, *values: str) -> CheckConstraint:
    """CHECK that a text column holds one of the given words (NULL passes); named <table>_<column>_check."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f'"{column}" IN ({words})', name=column)


def between(column: str, low: float, high: float) -> CheckConstraint:
    """CHECK low <= column <= high (NULL passes); named <table>_<column>_check."""
    return CheckConstraint(f'"{column}" BETWEEN {low} AND {high}', name=column)


def at_least(column: str, low: int) -> CheckConstraint:
    """CHECK column >= low (NULL passes); named <table>_<column>_check."""
    return CheckConstraint(f'"{column}" >= {low}', name=column)
