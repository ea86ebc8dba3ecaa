"""The per-user cache: programs that are fetched or built once and shared by every data directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SERVER_VERSION = "1.32.2"
UI_VERSION = "2.54.1"


@dataclass(frozen=True)
class Cache:
    """Paths below one cache directory. Nothing here touches the disk; names carry versions."""

    root: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Cache:
        """BATON_CACHE_DIR, else `baton` below XDG_CACHE_HOME, else below ~/.cache."""
        env = os.environ if environ is None else environ
        if chosen := env.get("BATON_CACHE_DIR"):
            return cls(Path(chosen).absolute())
        if base := env.get("XDG_CACHE_HOME"):
            return cls(Path(base).absolute() / "baton")
        return cls(Path.home() / ".cache" / "baton")

    @property
    def programs(self) -> Path:
        """Directory of finished programs; a file is moved here only when it is complete."""
        return self.root / "bin"

    @property
    def temporal_server(self) -> Path:
        """The Temporal server built from Go modules."""
        return self.programs / f"temporal-server-{SERVER_VERSION}"

    @property
    def temporal_ui(self) -> Path:
        """The Temporal UI built from Go modules."""
        return self.programs / f"temporal-ui-{UI_VERSION}"

    @property
    def temporal_cli(self) -> Path:
        """The Temporal CLI (with an embedded server) that the SDK downloaded."""
        return self.programs / "temporal"

    @property
    def lock(self) -> Path:
        """Held while a program is fetched or built, so that two set-ups do not do it twice."""
        return self.root / "setup.lock"
