"""The Temporal UI as a child, for the server that does not bring its own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import yaml

from workers.stack.child import Child, ChildSpec
from workers.stack.patience import wait_for
from workers.stack.private_file import write_private
from workers.stack.roster import Roster
from workers.stack.temporal_namespace import listens


class TemporalUI:
    """The UI's web server on the loopback interface."""

    def __init__(self, data_dir: Path, program: Path, temporal_address: str, namespace: str, port: int) -> None:
        self._directory = data_dir / "temporal-ui"
        self._log = data_dir / "log" / "temporal-ui.log"
        self._program = program
        self._temporal_address = temporal_address
        self._namespace = namespace
        self._port = port
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """Address of the start page."""
        return f"http://127.0.0.1:{self._port}"

    def start(self, roster: Roster, cancel: threading.Event) -> None:
        """Start the UI and wait until it listens. Raises PartFailedError when it does not."""
        config = self._directory / "config"
        config.mkdir(parents=True, exist_ok=True)
        write_private(
            config / "development.yaml",
            yaml.safe_dump(
                {
                    "temporalGrpcAddress": self._temporal_address,
                    "host": "127.0.0.1",
                    "port": self._port,
                    "enableUi": True,
                    "defaultNamespace": self._namespace,
                    "disableNewsFetch": True,
                    # Plain HTTP on the loopback interface: a cookie for HTTPS only would disable all buttons.
                    "cors": {"cookieInsecure": True, "allowOrigins": [self.url]},
                }
            ),
        )
        argv = (str(self._program), "--root", str(self._directory), "--config", "config")
        child = Child.start(
            ChildSpec(
                name="temporal-ui",
                argv=(*argv, "--env", "development", "start"),
                log=self._log,
                env={name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
                grace=3.0,
                stage=1,
            ),
            roster,
        )
        self.child = child

        def ready() -> bool | None:
            child.require_alive()
            return listens(f"127.0.0.1:{self._port}") or None

        wait_for(ready, seconds=20, what="The Temporal UI did not listen", cancel=cancel)

    def stop(self) -> None:
        """Stop the UI. Idempotent."""
        if self.child is not None:
            self.child.stop()
