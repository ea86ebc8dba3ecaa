"""setup.sh in a copy of the checkout's few files, with a stand-in for uv."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Makes what `uv sync` would: an environment with the command baton, which notes each call.
UV = """#!/bin/sh
echo "uv $*" >> calls
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "baton $*" >> calls\\n' > .venv/bin/baton
chmod 755 .venv/bin/baton
"""


class Checkout:
    """A directory that looks like a checkout to setup.sh."""

    def __init__(self, root: Path) -> None:
        self.root = root / "checkout"
        self.cache = root / "cache"
        (self.root / "workers" / "stack").mkdir(parents=True)
        for name in ("setup.sh", "uv.lock", "pyproject.toml", "workers/stack/cache.py"):
            shutil.copy(ROOT / name, self.root / name)
        self._path = root / "path"
        self._path.mkdir()
        for tool in ("sh", "dirname", "cat", "cksum", "date", "mkdir", "rm", "mv", "chmod"):
            found = shutil.which(tool)
            assert found is not None
            (self._path / tool).symlink_to(found)
        self.program("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        self.program("uv", UV)

    def program(self, name: str, text: str) -> None:
        (self._path / name).write_text(text)
        (self._path / name).chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./setup.sh"],
            cwd=self.root,
            env={"PATH": str(self._path), "BATON_CACHE_DIR": str(self.cache)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> list[str]:
        return [line.split(" --python")[0] for line in (self.root / "calls").read_text().splitlines()]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path)
    server = checkout.cache / "bin" / "temporal-server"
    server.parent.mkdir(parents=True)
    server.touch(mode=0o755)
    return checkout


def test_it_syncs_the_lock_file_and_sets_up(checkout: Checkout) -> None:
    ended = checkout.run()
    assert ended.returncode == 0, ended.stderr
    assert checkout.calls() == ["uv sync --locked --quiet", "baton setup"]
    assert "installed the locked packages in" in ended.stderr


def test_the_second_run_does_nothing(checkout: Checkout) -> None:
    checkout.run()
    ended = checkout.run()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert len(checkout.calls()) == 2


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml", "workers/stack/cache.py"])
def test_a_changed_file_is_noticed(checkout: Checkout, name: str) -> None:
    checkout.run()
    with (checkout.root / name).open("a") as file:
        file.write("\n")
    checkout.run()
    assert len(checkout.calls()) == 4


def test_an_emptied_cache_is_noticed(checkout: Checkout) -> None:
    checkout.run()
    shutil.rmtree(checkout.cache)
    checkout.run()
    assert len(checkout.calls()) == 4


def test_a_failed_set_up_is_tried_again(checkout: Checkout) -> None:
    checkout.program("uv", "#!/bin/sh\nexit 2\n")
    assert checkout.run().returncode == 2
    checkout.program("uv", UV)
    assert checkout.run().returncode == 0
    assert checkout.calls() == ["uv sync --locked --quiet", "baton setup"]


def test_an_old_python_is_refused(checkout: Checkout) -> None:
    checkout.program("python3", "#!/bin/sh\nexit 1\n")
    ended = checkout.run()
    assert ended.returncode == 1
    assert "Python 3.11 or newer" in ended.stderr
