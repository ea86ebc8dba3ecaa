"""The YAML of a mapping: keys are taken as they are written, and none may come twice.

YAML would read the keys `01`, `1.0`, `no` and `NA: …` of a value map as a number, another number, false and text;
a cell holds exactly what was written.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from services.mapping.errors import MappingError


def parse_document(text: str, name: str) -> dict[str, Any]:
    """The document as plain data; raises MappingError that begins with `name` when it is not readable."""
    try:
        # A subclass of SafeLoader: it builds plain data only.
        document = yaml.load(text, Loader=_KeysAsWritten)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}, line {mark.line + 1}" if mark else name
        ours = isinstance(error, yaml.constructor.ConstructorError)
        remedy = "" if ours else "; put texts with braces, colons or # in quotes"
        raise MappingError([f"{place}: {error.problem or error}{remedy}"]) from error
    except yaml.YAMLError as error:
        raise MappingError([f"{name}: {error}; save the mapping as UTF-8 YAML"]) from error
    if not isinstance(document, dict):
        raise MappingError([f"{name}: is not a mapping; it needs at least the section `lead:`"])
    return document


class _KeysAsWritten(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        result: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    problem="a key must be a plain text; put it in quotes", problem_mark=key_node.start_mark
                )
            key = str(key_node.value)
            if key in result:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key!r} comes twice; remove one", problem_mark=key_node.start_mark
                )
            result[key] = self.construct_object(value_node, deep=deep)
        return result
