"""`baton console` as a process: it answers without a network and ends when it is told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.eventually import assert_eventually

SECRET = "a secret of the tests, with more than thirty-two characters"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


class ConsoleProcess:
    """The process, started like the stack starts it."""

    def __init__(self, directory: Path, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("BATON_", "PYTEST_"))}
        self.url = f"http://127.0.0.1:{port}"
        self._directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", "console"],
            cwd=directory,
            env={
                **inherited,
                # Nothing listens there: the console starts and answers without the API.
                "BATON_API_URL": "http://127.0.0.1:9",
                "BATON_AUTH_SECRET": SECRET,
                "BATON_CONSOLE_PORT": str(port),
            },
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send the signal; exit code and what was written to standard error."""
        self.process.send_signal(number)
        _, written = self.process.communicate(timeout=15)
        return self.process.returncode, written

    def left_behind(self) -> list[Path]:
        """Files that the process has written where it was started."""
        return list(self._directory.iterdir())


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ConsoleProcess]:
    """A console on a free port, in a directory of its own."""
    started = ConsoleProcess(tmp_path, free_port())
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.communicate()


async def get(http: httpx.AsyncClient, path: str) -> httpx.Response | None:
    try:
        return await http.get(path, follow_redirects=True)
    except httpx.TransportError:
        return None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_answers_and_ends_in_order(console: ConsoleProcess, number: signal.Signals) -> None:
    async with httpx.AsyncClient(base_url=console.url, trust_env=False) as http:
        page = await assert_eventually(lambda: get(http, "/"), 30)
        assert page.status_code == 200
        assert page.url.path == "/sign-in"

        # Everything the page loads comes from the console itself.
        found = re.findall(r"""(?:src|href)="([^"]+)"|url\(["']?([^"')]+)|"[^"]+": ?"([^"]*\.m?js)\"""", page.text)
        loaded = {"".join(groups) for groups in found}
        assert any(address.endswith(".js") for address in loaded)
        assert {address for address in loaded if not address.startswith(("/", "data:"))} == set()
        assert {address for address in loaded if address.startswith("//")} == set()

        cookie = page.headers["set-cookie"] if "set-cookie" in page.headers else page.history[0].headers["set-cookie"]
        assert cookie.startswith("baton_console=")
        assert "httponly" in cookie.lower()

    assert console.end(number) == (0, "")
    assert console.left_behind() == [], "tokens and sessions must not reach the disk"


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        console = ConsoleProcess(tmp_path, taken.getsockname()[1])
        _, written = console.process.communicate(timeout=30)
    assert console.process.returncode == 1
    assert "BATON_CONSOLE_PORT" in written
