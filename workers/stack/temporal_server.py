"""The embedded Temporal server, from whichever program was found."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from workers.stack.child import Child, ChildSpec
from workers.stack.errors import StackError
from workers.stack.patience import wait_for
from workers.stack.ports import Ports
from workers.stack.private_file import write_private
from workers.stack.roster import Roster
from workers.stack.temporal_config import TemporalPorts, dynamic_config, server_config
from workers.stack.temporal_namespace import OLDEST_SERVER, ServerVersion, greet, prepare
from workers.stack.temporal_options import Setting, TemporalOptions
from workers.stack.temporal_program import Kind, TemporalProgram

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


def require_recent(address: str, version: str) -> None:
    """Raises StackError when the server's version is older than Baton needs."""
    parsed = ServerVersion.parse(version)
    if parsed is not None and parsed < OLDEST_SERVER:
        raise StackError(
            f"Temporal at {address} is version {version}; Baton needs {OLDEST_SERVER} or newer: "
            "upgrade it, or unset TEMPORAL_ADDRESS to use the embedded one."
        )


def meet(address: str, options: TemporalOptions, cancel: threading.Event) -> None:
    """Prepare a server that others run: check its version, register what Baton needs. Idempotent.

    Raises PartFailedError when it does not answer within 15 s, StackError when it is too old or refuses.
    """
    version = wait_for(lambda: greet(address), seconds=15, what=f"Temporal at {address} did not answer", cancel=cancel)
    require_recent(address, version)
    prepare(address, options)


class TemporalServer:
    """A server below a data directory: one SQLite file, all ports on the loopback interface."""

    def __init__(
        self, data_dir: Path, program: TemporalProgram, ports: Ports, options: TemporalOptions, *, ui: bool
    ) -> None:
        self._directory = data_dir / "temporal"
        self._log = data_dir / "log" / "temporal.log"
        self._program = program
        self._options = options
        self._ports = TemporalPorts.choose(ports)
        # Only the command line tool serves the UI itself.
        self.own_ui_port = ports.choose("temporal-ui", 8233) if ui and program.kind is Kind.CLI else None
        self.address = f"127.0.0.1:{self._ports.frontend.grpc}"
        self.child: Child | None = None

    def start(self, roster: Roster, cancel: threading.Event) -> None:
        """Bring the server up, check its version, register namespace and search attributes. Resumes its file.

        Raises PartFailedError with the end of the log when it does not come up, StackError when too old.
        """
        self._directory.mkdir(mode=0o700, exist_ok=True)
        child = Child.start(
            ChildSpec(
                name="temporal",
                argv=self._server_argv() if self._program.kind is Kind.SERVER else self._cli_argv(),
                log=self._log,
                env=_environment(),
                grace=_STOP_SECONDS,
            ),
            roster,
        )
        self.child = child

        def answer() -> str | None:
            child.require_alive()
            return greet(self.address)

        version = wait_for(answer, seconds=_START_SECONDS, what="Temporal did not answer", cancel=cancel)
        require_recent(self.address, version)
        prepare(self.address, self._options)

    def stop(self) -> None:
        """Orderly stop. Idempotent."""
        if self.child is not None:
            self.child.stop()

    def _server_argv(self) -> tuple[str, ...]:
        config = self._directory / "server.yaml"
        settings = self._directory / "dynamic.yaml"
        write_private(settings, dynamic_config(self._options.settings))
        write_private(config, server_config(self._directory / "temporal.db", self._ports, settings))
        return (str(self._program.path), "--config-file", str(config), "--allow-no-auth", "start")

    def _cli_argv(self) -> tuple[str, ...]:
        argv = [str(self._program.path), "server", "start-dev", "--ip", "127.0.0.1"]
        argv += ["--port", str(self._ports.frontend.grpc), "--http-port", str(self._ports.worker.grpc)]
        argv += (
            ["--headless"] if self.own_ui_port is None else ["--ui-ip", "127.0.0.1", "--ui-port", str(self.own_ui_port)]
        )
        argv += ["--db-filename", str(self._directory / "temporal.db"), "--log-level", "warn"]
        argv += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1"]
        for name, value in self._options.settings.items():
            argv += ["--dynamic-config-value", f"{name}={_literal(value)}"]
        return tuple(argv)


def _literal(value: Setting) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _environment() -> dict[str, str]:
    # TEMPORAL_* variables of the caller are options of the server's command line.
    return {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
