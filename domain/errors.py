"""The exception tree of Baton.

BatonError
├── RefusedError                a person's command that the lead's state does not allow (carries a Refusal)
├── CommandConflictError        the same command id, another body
├── OvertakenError              what a command of Baton's own was for is not so any more; nothing was written
├── InvalidInputError           a field of the input is wrong (names field, problem, remedy)
├── ConfigurationError          a setting or a published configuration is wrong
├── DatabaseError               see db.errors
│   └── …
└── StackError                  see workers.stack.errors
    └── …

Refusals are values in the domain (`domain.lifecycle.Refusal`); they become exceptions only at a door:
problem+json in the API, ApplicationError in a workflow.
"""

from __future__ import annotations


class BatonError(Exception):
    """Base of every exception that Baton raises on purpose."""


class CommandConflictError(BatonError):
    """The command id was used before for something else; send a new id for a new command."""

    def __init__(self, command_id: str) -> None:
        super().__init__(f"command_id {command_id!r} was already used with another body; use a new command_id")
        self.command_id = command_id


class OvertakenError(BatonError):
    """Raised inside a command's transaction to undo it: what it was for is not so any more."""


class InvalidInputError(BatonError):
    """A field of the input is wrong. `field` names it, the message says the problem and the remedy."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class ConfigurationError(BatonError):
    """A setting or a stored configuration cannot be used; the message says which and what to set."""
