"""Which system account runs Postgres: ourselves, or an unprivileged one when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

from workers.stack.child import Account
from workers.stack.errors import StackError

_UNPRIVILEGED = ("postgres", "nobody")


def account_for(cluster: Path) -> Account | None:
    """None means "as ourselves". Root hands over to an existing cluster's owner, else to postgres or nobody.

    Raises StackError when the cluster belongs to somebody else, or root finds no unprivileged account.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise StackError(
                f"The database in {cluster} belongs to user id {owner}: start as that user or as root, "
                "or choose another --data-dir."
            )
        return None
    if owner:
        return Account(f"uid {owner}", owner, cluster.stat().st_gid)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StackError(
        "Postgres refuses to run as root, and there is no user `postgres` or `nobody`: "
        "add one (`useradd --system postgres`), start as an ordinary user, or set DATABASE_URL."
    )


def can(account: Account, shell_test: str, *paths: Path) -> bool:
    """Whether `account` passes a shell test on `paths` ($1, $2 …), such as 'test -r "$1"'."""
    attempt = subprocess.run(
        ["/bin/sh", "-c", shell_test, "sh", *map(str, paths)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return attempt.returncode == 0
