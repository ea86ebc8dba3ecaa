"""Baton's own processes in the stack, with small stand-ins: order, environment, readiness, restart."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from tests.stack.eventually import eventually
from workers.stack import EmbeddedStack
from workers.stack import stack as module
from workers.stack.child import ChildSpec
from workers.stack.credentials import Credentials
from workers.stack.errors import PartFailedError
from workers.stack.processes import API, CONSOLE, WORKER, Process

SERVE = """
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ[sys.argv[1]])), Handler).serve_forever()
"""
SLEEP = "import time\nwhile True: time.sleep(60)"


@dataclass(frozen=True)
class StandIn(Process):
    """A process that runs a few lines of Python instead of a command of Baton."""

    code: str = SERVE

    def spec(self, data_dir: Path, environment: Mapping[str, str]) -> ChildSpec:
        argv = (sys.executable, "-c", self.code, self.port_variable or "")
        return replace(super().spec(data_dir, environment), argv=argv)


def stand_in(process: Process, code: str) -> StandIn:
    return StandIn(**vars(process), code=code)


def set_processes(monkeypatch: pytest.MonkeyPatch, *processes: Process) -> None:
    monkeypatch.setattr(module, "PROCESSES", {process.name: process for process in processes})


def environment_of(url: str | None) -> dict[str, str]:
    assert url is not None
    with urllib.request.urlopen(url, timeout=10) as answer:
        seen: dict[str, str] = json.loads(answer.read())
    return seen


def test_processes_get_addresses_and_come_back(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_processes(monkeypatch, stand_in(WORKER, SLEEP), stand_in(API, SERVE), stand_in(CONSOLE, SERVE))
    stack = EmbeddedStack(
        data_dir,
        database_url="postgresql://app@127.0.0.1:1/baton",
        database_owner_url="postgresql://owner@127.0.0.1:1/baton",
        parts=("worker", "api", "console"),
        environment={"BATON_LOG_FORMAT": "json"},
    )
    stack.start()
    try:
        seen = environment_of(stack.endpoints.api_url)
        assert seen["DATABASE_URL"] == "postgresql://app@127.0.0.1:1/baton"
        assert "DATABASE_OWNER_URL" not in seen
        assert seen["BATON_AUTH_SECRET"] == Credentials.load(data_dir).auth_secret
        assert seen["BATON_LOG_FORMAT"] == "json"
        assert environment_of(stack.endpoints.console_url)["BATON_API_URL"] == stack.endpoints.api_url

        killed = stack.pid("worker")
        psutil.Process(killed).kill()
        eventually(lambda: stack.pid("worker") != killed)
        assert stack.failure is None
    finally:
        stack.stop()


def test_a_process_that_never_gets_ready_fails_the_start(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_processes(monkeypatch, replace(stand_in(API, SLEEP), ready_seconds=0.3))
    stack = EmbeddedStack(data_dir, parts=("api",))
    before = set(psutil.Process().children())
    with pytest.raises(PartFailedError, match=r"api was not ready at http://127\.0\.0\.1:\d+/readyz"):
        stack.start()
    assert set(psutil.Process().children()) <= before
