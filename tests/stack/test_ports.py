"""Ports: the usual one, the next free one, the same one again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.stack.ports import Ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over(tmp_path: Path, taken: int) -> None:
    ports = Ports(tmp_path)
    assert ports.choose("api", taken) > taken
    ports.release()


def test_choices_are_remembered(tmp_path: Path, taken: int) -> None:
    first = Ports(tmp_path)
    chosen = first.choose("api", taken)
    first.save()
    first.release()
    again = Ports(tmp_path)
    assert again.choose("api", 1024) == chosen
    again.release()


def test_a_remembered_port_that_is_taken_is_replaced(tmp_path: Path, taken: int) -> None:
    (tmp_path / "ports.json").write_text(f'{{"api": {taken}}}')
    ports = Ports(tmp_path)
    assert ports.choose("api", taken + 1) > taken
    ports.release()


def test_two_stacks_that_start_together_get_different_ports(tmp_path: Path, taken: int) -> None:
    one, other = Ports(tmp_path), Ports(tmp_path)
    assert one.choose("api", taken) != other.choose("api", taken)
    one.release()
    other.release()


def test_one_stack_never_gives_a_port_twice(tmp_path: Path, taken: int) -> None:
    ports = Ports(tmp_path)
    assert len({ports.choose(name, taken) for name in ("api", "console", "temporal")}) == 3
    ports.release()


def test_a_damaged_memory_is_forgotten(tmp_path: Path, taken: int) -> None:
    (tmp_path / "ports.json").write_text("{")
    ports = Ports(tmp_path)
    assert ports.choose("api", taken) > taken
    ports.release()
