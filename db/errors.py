"""The database's part of the exception tree.

domain.errors.BatonError
└── DatabaseError                   anything the database refused or could not do
    ├── DatabaseBusyError           a lock was not free in time, or a deadlock: try the whole transaction again
    ├── DatabaseSlowError           a statement ran longer than its limit
    ├── DatabaseUnavailableError    no connection, or it broke; the transaction did not commit as far as is known
    ├── ConstraintError             a constraint said no; `constraint` names it
    ├── AccessDeniedError           the login was refused, or its role may not do this
    ├── PrivilegedLoginError        the application's login could bypass row-level security
    ├── DatabaseUrlError            a database address cannot be used
    └── MigrationRefusedError       existing data or objects stand in the way of a migration
"""

from __future__ import annotations

from asyncpg import InternalClientError
from sqlalchemy.exc import DBAPIError

from domain.errors import BatonError


class DatabaseError(BatonError):
    """Anything the database refused or could not do."""


class DatabaseBusyError(DatabaseError):
    """A lock was not free within lock_timeout, or a deadlock was resolved against us.

    Nothing was written. The whole transaction may be tried again (at the edge: 503 with Retry-After).
    """


class DatabaseSlowError(DatabaseError):
    """A statement ran longer than statement_timeout. Nothing was written."""


class DatabaseUnavailableError(DatabaseError):
    """There is no connection, or it broke. Whether a COMMIT under way took effect is unknown: repeat by command id."""


class ConstraintError(DatabaseError):
    """A constraint or unique index refused a row; `constraint` is its name in the database."""

    def __init__(self, constraint: str, detail: str) -> None:
        super().__init__(f"{constraint or 'a constraint'} refused the row: {detail}")
        self.constraint = constraint


class AccessDeniedError(DatabaseError):
    """The login was refused, its role has no right to do this, or row-level security forbids it."""


class PrivilegedLoginError(DatabaseError):
    """The login is superuser, may bypass row-level security, or (as a member of the owner) owns the tables."""


class DatabaseUrlError(DatabaseError):
    """A database address is missing, malformed, or lacks a part that is needed here."""


class MigrationRefusedError(DatabaseError):
    """Existing data or objects stand in the way; the message names them and says what to do. Nothing was changed."""


_BUSY = frozenset({"55P03", "40P01", "40001"})
_UNAVAILABLE = ("08", "57P", "53", "3D")


def sqlstate(error: DBAPIError) -> str:
    """The five-character SQLSTATE of a driver error; empty when the server sent none."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def constraint_name(error: DBAPIError) -> str:
    """The name of the violated constraint or unique index; empty when there is none."""
    cause = getattr(error.orig, "__cause__", None)
    return str(getattr(cause, "constraint_name", None) or "")


def translate(error: DBAPIError) -> DatabaseError | None:
    """The error of this tree that a driver error means; None when it is a defect in our own SQL."""
    state = sqlstate(error)
    detail = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
    if state in _BUSY:
        return DatabaseBusyError(detail)
    if state == "57014":
        return DatabaseSlowError(detail)
    if state == "42501" or state.startswith("28"):
        return AccessDeniedError(detail)
    if state.startswith("23"):
        return ConstraintError(constraint_name(error), detail)
    if state.startswith(_UNAVAILABLE) or error.connection_invalidated or _lost_its_place(error):
        return DatabaseUnavailableError(detail)
    return None


def _lost_its_place(error: DBAPIError) -> bool:
    # The server's last words on a connection that was killed may reach the driver between two states. InterfaceError
    # is left out: on a connection that still stands it means misuse, which trying again would not cure.
    return isinstance(getattr(error.orig, "__cause__", None), InternalClientError)
