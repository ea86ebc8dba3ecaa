"""The two seed documents as they were given, and the SQL inside them."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def routing_rollback() -> str:
    """The rollback SQL of the routing seed."""
    return _blocks("000_b64e06f84a92df33.txt")[0]


def routing_verification() -> str:
    """The verification SQL of the routing seed."""
    return _blocks("000_b64e06f84a92df33.txt")[1]


def dual_stage_migration() -> str:
    """The migration SQL of the dual-stage SLA seed."""
    return _blocks("002_548508eddf6d5d2b.txt")[0]


def _blocks(name: str) -> list[str]:
    return _BLOCK.findall((_HERE / name).read_text(encoding="utf-8"))
