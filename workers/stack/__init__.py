"""The embedded stack: Postgres, a Temporal server, its UI Baton's own processes, as supervised children."""

from workers.stack.endpoints import Endpoints
from workers.stack.errors import StackCancelledError, StackError, StackRunningError
from workers.stack.stack import EmbeddedStack, Part
from workers.stack.temporal_options import TemporalOptions

__all__ = [
    "EmbeddedStack",
    "Endpoints",
    "Part",
    "StackCancelledError",
    "StackError",
    "StackRunningError",
    "TemporalOptions",
]
