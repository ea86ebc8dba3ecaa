"""The tables of docs/reference/rules.md, from the code; run as a module to write them anew."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.rules import KNOWN_FIELDS, Operator
from domain.rules.action import ACTIONS
from domain.rules.finding import MEANING as FINDINGS
from domain.rules.finding import SEVERITY
from domain.rules.operator import EXPECTS, MEANING

DOCUMENT = Path(__file__).parents[4] / "docs" / "reference" / "rules.md"
_SECTION = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    written = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([written[0], "|" + "---|" * len(lines[0]), *written[1:]])


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _actions() -> Iterable[list[str]]:
    for word, kind in ACTIONS.items():
        params = ", ".join(f"`{name}`" for name in kind.model_fields)
        yield [f"`{word}`", params, kind.effect.value, _sentence(inspect.getdoc(kind) or "")]


def tables() -> Mapping[str, str]:
    """The generated tables by name."""
    return {
        "operators": _table(
            ["operator", "true when", "value"], [[f"`{one}`", MEANING[one], EXPECTS[one]] for one in Operator]
        ),
        "fields": _table(
            ["field", "kind", "meaning"],
            [[f"`{path}`", info.kind.value, info.meaning] for path, info in KNOWN_FIELDS.items()],
        ),
        "actions": _table(["action", "parameters", "effect", "meaning"], _actions()),
        "findings": _table(
            ["finding", "severity", "meaning"],
            [[f"`{code}`", SEVERITY[code].value, meaning] for code, meaning in FINDINGS.items()],
        ),
    }


def filled(page: str) -> str:
    """The page with its tables as the code has them now."""
    made = tables()
    return _SECTION.sub(lambda match: f"{match[1]}{made[match[2]]}\n{match[3]}", page)


def names(page: str) -> list[str]:
    """Names of the tables that the page has a place for."""
    return [match[2] for match in _SECTION.finditer(page)]


if __name__ == "__main__":
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
