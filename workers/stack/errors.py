"""What can go wrong with the embedded stack. Every message ends with the remedy."""

from __future__ import annotations


class StackError(Exception):
    """A part of the stack could not be found, built, started or kept running."""


class StackCancelledError(StackError):
    """The caller asked to stop while the stack was still starting; whatever had started is stopped again."""


class StackRunningError(StackError):
    """Another process already runs a stack on the same data directory."""


class PartFailedError(StackError):
    """A child ended, or did not become ready in time. The message holds the end of its log."""
