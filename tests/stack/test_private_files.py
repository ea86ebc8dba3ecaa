"""Files with passwords: readable by their owner alone, the same on the second start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from workers.stack import Endpoints, StackError
from workers.stack.credentials import Credentials


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_credentials_are_generated_once(tmp_path: Path) -> None:
    first = Credentials.ensure(tmp_path)
    assert Credentials.ensure(tmp_path) == first == Credentials.load(tmp_path)
    assert mode(tmp_path / "secrets.json") == 0o600
    assert len({*first.model_dump().values()}) == 4


def test_credentials_of_two_directories_differ(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert Credentials.ensure(tmp_path) != Credentials.ensure(tmp_path / "other")


def test_missing_credentials_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="start the stack once"):
        Credentials.load(tmp_path)


def test_damaged_credentials_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"postgres_password": ""}')
    with pytest.raises(StackError, match="is damaged"):
        Credentials.ensure(tmp_path)


def test_endpoints_are_published_and_withdrawn(tmp_path: Path) -> None:
    endpoints = Endpoints(database_url="postgresql://u:p@127.0.0.1:1/d", temporal_address="127.0.0.1:2")
    endpoints.write(tmp_path)
    assert mode(tmp_path / "endpoints.json") == 0o600
    assert Endpoints.read(tmp_path) == endpoints
    Endpoints.withdraw(tmp_path)
    assert Endpoints.read(tmp_path) is None
