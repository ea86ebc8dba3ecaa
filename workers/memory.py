"""The garbage collector of a long-running process."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 10_000


def settle_memory() -> None:
    """Take everything that was imported and wired out of the collector's sight; call it once, when all is ready.

    A full collection walks every object that is left, and the process stands still meanwhile: with the modules of
    Baton and its libraries 80 to 90 ms, in the middle of somebody's claim. Young objects are looked at less often, as
    almost none of them is garbage that only the collector can find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
