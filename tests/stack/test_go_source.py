"""Finding a Temporal server: the order of the sources, a build with Go, and the words when nothing works."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from workers.stack import StackCancelledError, StackError, source_download
from workers.stack.cache import Cache
from workers.stack.steps import Steps
from workers.stack.temporal_program import Kind, UnusableError, examine
from workers.stack.temporal_source import TemporalSource

SERVER = "#!/bin/sh\necho temporal version {version}\n"
CLI = "#!/bin/sh\necho 'temporal version 1.9.1 (Server {version}, UI 2.54.1)'\n"
GO = """#!/bin/sh
PATH=/usr/bin:/bin
if [ "$1" = env ]; then echo {version}; exit 0; fi
echo "$1 $2 $GOTOOLCHAIN" >> "{log}"
{action}
mkdir -p "$GOBIN"
printf '#!/bin/sh\\necho temporal version 1.32.2\\n' > "$GOBIN/server"
chmod 755 "$GOBIN/server"
"""


class Machine:
    """A PATH with nothing on it but what a test puts there, an empty cache, and no way to the download host."""

    def __init__(self, root: Path) -> None:
        self.path = root / "path"
        self.path.mkdir()
        self.cache = Cache(root / "cache")
        self.go_log = root / "go.log"

    def program(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def go(self, version: str = "go1.22.1", action: str = "") -> None:
        self.program(self.path / "go", GO.format(version=version, log=self.go_log, action=action))

    def builds(self) -> list[str]:
        return self.go_log.read_text().splitlines() if self.go_log.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(machine.path))
    monkeypatch.setattr(source_download, "unreachable", lambda: "the download host cannot be reached")
    return machine


def test_a_recent_tool_on_path_comes_first(machine: Machine) -> None:
    tool = machine.program(machine.path / "temporal", CLI.format(version="1.33.0"))
    machine.program(machine.cache.temporal_server, SERVER.format(version="1.32.2"))
    found = TemporalSource(machine.cache).server()
    assert (found.kind, found.path, str(found.version)) == (Kind.CLI, tool, "1.33")


def test_a_tool_that_is_too_old_is_passed_over(machine: Machine) -> None:
    machine.program(machine.path / "temporal", CLI.format(version="1.29.1"))
    machine.program(machine.cache.temporal_server, SERVER.format(version="1.32.2"))
    found = TemporalSource(machine.cache).server()
    assert (found.kind, found.path) == (Kind.SERVER, machine.cache.temporal_server)


def test_go_builds_it_once(machine: Machine) -> None:
    machine.go()
    begun: list[tuple[str, str]] = []
    source = TemporalSource(machine.cache, Steps(on_begin=lambda text, hint: begun.append((text, hint))))
    assert source.server().path == machine.cache.temporal_server
    assert source.server().path == machine.cache.temporal_server
    assert machine.builds() == ["install go.temporal.io/server/cmd/server@v1.32.2 auto"]
    assert begun == [("build Temporal server 1.32.2", "about 4 minutes on two idle cores, once")]
    assert [path.name for path in machine.cache.root.iterdir() if path.name.startswith("build-")] == []


def test_go_builds_the_ui(machine: Machine) -> None:
    machine.go()
    assert TemporalSource(machine.cache).ui() == machine.cache.temporal_ui
    assert machine.builds() == ["install github.com/temporalio/ui-server/v2/cmd/server@v2.54.1 auto"]


def test_two_set_ups_at_once_build_once(machine: Machine) -> None:
    machine.go(action="sleep 0.3")
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(TemporalSource(machine.cache).server().path)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [machine.cache.temporal_server] * 2
    assert len(machine.builds()) == 1


def test_a_failed_build_leaves_nothing_and_says_why(machine: Machine) -> None:
    machine.go(action="echo no route to the module proxy >&2; exit 1")
    with pytest.raises(StackError, match=r"ended with code 1[\s\S]*no route to the module proxy"):
        TemporalSource(machine.cache).server()
    assert not machine.cache.temporal_server.exists()


def test_a_build_can_be_cancelled(machine: Machine) -> None:
    machine.go(action="sleep 60")
    cancel = threading.Event()
    source = TemporalSource(machine.cache, Steps(on_begin=lambda *_: cancel.set()), cancel)
    with pytest.raises(StackCancelledError):
        source.server()
    assert not machine.cache.temporal_server.exists()


def test_an_old_go_is_not_tried(machine: Machine) -> None:
    machine.go(version="go1.19.8")
    with pytest.raises(StackError, match=r"go1\.19\.8, older than go1\.21"):
        TemporalSource(machine.cache).server()
    assert machine.builds() == []


def test_nothing_works(machine: Machine) -> None:
    with pytest.raises(StackError) as failure:
        TemporalSource(machine.cache).server()
    text = str(failure.value)
    for part in (
        "there is no `temporal` on PATH",
        "the download host cannot be reached",
        "there is no `go` on PATH",
        "install the Temporal CLI",
        "install Go",
        "set TEMPORAL_ADDRESS",
    ):
        assert part in text


def test_without_install_nothing_is_built(machine: Machine) -> None:
    machine.go()
    with pytest.raises(StackError, match="run `make setup` first"):
        TemporalSource(machine.cache).server(install=False)
    with pytest.raises(UnusableError, match="run `make setup`"):
        TemporalSource(machine.cache).ui(install=False)
    assert machine.builds() == []


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Kind.SERVER, SERVER.format(version="1.31.9"), "holds server 1.31, older than 1.32"),
        (Kind.CLI, SERVER.format(version="1.9.1"), "does not say which server it embeds"),
        (Kind.SERVER, "#!/bin/sh\necho hello\n", "does not say its version"),
        (Kind.SERVER, "#!/bin/sh\nexit 1\n", "does not run"),
    ],
)
def test_unusable_programs(machine: Machine, kind: Kind, text: str, reason: str) -> None:
    with pytest.raises(UnusableError, match=reason):
        examine(kind, machine.program(machine.path / "program", text))


def test_the_cache_follows_the_environment() -> None:
    home = Path.home()
    assert Cache.from_environment({"BATON_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}).root == Path("/a")
    assert Cache.from_environment({"XDG_CACHE_HOME": "/b"}).root == Path("/b/baton")
    assert Cache.from_environment({}).root == home / ".cache" / "baton"
