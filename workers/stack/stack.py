"""The embedded stack as one thing that starts and stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from workers.stack.cache import Cache
from workers.stack.credentials import Credentials
from workers.stack.data_dir import DataDir
from workers.stack.endpoints import Endpoints
from workers.stack.errors import StackError
from workers.stack.patience import wait_for
from workers.stack.ports import Ports
from workers.stack.postgres import Postgres
from workers.stack.processes import PROCESSES, Process, answers
from workers.stack.roster import Roster
from workers.stack.steps import Steps
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_options import TemporalOptions
from workers.stack.temporal_program import UnusableError
from workers.stack.temporal_server import TemporalServer, meet
from workers.stack.temporal_source import TemporalSource
from workers.stack.temporal_ui import TemporalUI


class Part(StrEnum):
    """What a stack can hold. Values can be given as plain strings."""

    POSTGRES = "postgres"
    TEMPORAL = "temporal"
    UI = "ui"
    MIGRATE = "migrate"
    WORKER = "worker"
    API = "api"
    CONSOLE = "console"


class EmbeddedStack:
    """Postgres, Temporal, its UI, migrations and Baton's processes, kept below one data directory.

    Use `start()` and `stop()`, or `async with`. However this process ends, no child outlives it for long.
    An address given for Temporal or the database replaces that embedded part.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        temporal_address: str | None = None,
        database_url: str | None = None,
        database_owner_url: str | None = None,
        processes: bool = True,
        parts: Collection[str] = tuple(Part),
        temporal: TemporalOptions | None = None,
        postgres_settings: Mapping[str, str] | None = None,
        environment: dict[str, str] | None = None,
        install: bool = True,
        on_begin: Callable[[str, str], None] | None = None,
        on_step: Callable[[str, float], None] | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        """Choose what runs; nothing starts yet.

        `environment` is added to that of Baton's processes, `postgres_settings` to the embedded server's parameters.
        Without `install` a missing Temporal is an error instead of a download or build. The callbacks may come
        from several threads.
        """
        chosen = {Part(part) for part in parts}
        self._parts = chosen if processes else chosen - {Part.WORKER, Part.API, Part.CONSOLE}
        self._data = DataDir(data_dir)
        self._temporal_address = temporal_address
        self._database_url = database_url
        self._database_owner_url = database_owner_url
        self._options = temporal or TemporalOptions()
        self._postgres_settings = dict(postgres_settings or {})
        self._environment = dict(environment or {})
        self._install = install
        self._steps = Steps(on_begin or Steps().on_begin, on_step or Steps().on_end)
        self._cancel = threading.Event()
        self._ports = Ports(self._data.path)
        self._roster = Roster(self._data.path)
        self._note = on_note or (lambda _: None)
        self._supervisor = Supervisor(self._roster, self._note_restart)
        self._postgres: Postgres | None = None
        self._temporal: TemporalServer | None = None
        self._ui: TemporalUI | None = None
        self._endpoints = Endpoints()
        self._publishing = threading.Lock()

    @property
    def data_dir(self) -> Path:
        """The absolute path of the data directory."""
        return self._data.path

    @property
    def endpoints(self) -> Endpoints:
        """The addresses of what runs; empty before `start`."""
        return self._endpoints

    @property
    def failure(self) -> StackError | None:
        """Why the stack cannot go on, or None. Set while it runs, when a server was lost."""
        return self._supervisor.failure

    def pid(self, part: str) -> int:
        """The process id of a running part (not of `migrate`). Raises KeyError when it does not run."""
        return self._supervisor.child("temporal-ui" if part == Part.UI else str(part)).pid

    def start(self) -> None:
        """Start everything and wait until it is ready. Blocks; once per object, and not inside an event loop.

        Raises StackRunningError for a directory in use, StackCancelledError after `cancel`, else StackError.
        When it raises, nothing is left running.
        """
        self._data.acquire()
        try:
            self._roster.open()
            self._start_servers()
            self._migrate()
            self._start_processes()
            self._ports.save()
            self._endpoints.write(self._data.path)
        except BaseException:
            self.stop()
            raise

    def cancel(self) -> None:
        """Make a `start` in another thread, or interrupted by a signal handler, give up."""
        self._cancel.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the stack fails or the time is over; True when it failed (see `failure`)."""
        return self._supervisor.failed.wait(seconds)

    def stop(self) -> None:
        """Stop everything in order: processes, UI, Temporal, Postgres. Blocks. Idempotent."""
        if not self._data.held:
            return
        self._cancel.set()
        self._supervisor.stop()
        for part in (self._ui, self._temporal, self._postgres):
            if part is not None:
                part.stop()
        self._roster.close()
        self._ports.release()
        Endpoints.withdraw(self._data.path)
        self._data.release()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _start_servers(self) -> None:
        # Postgres and Temporal know nothing of each other, and each takes a second or more.
        with ThreadPoolExecutor(max_workers=2) as pool:
            tasks = [pool.submit(self._start_postgres), pool.submit(self._start_temporal)]
            try:
                for task in tasks:
                    task.result()
            except BaseException:
                self._cancel.set()
                raise

    def _start_postgres(self) -> None:
        if self._database_url is not None:
            self._publish(database_url=self._database_url, database_owner_url=self._database_owner_url)
        elif Part.POSTGRES in self._parts:
            with self._steps.step("start Postgres"):
                credentials = Credentials.ensure(self._data.path)
                port = self._ports.choose("postgres", 15432)
                self._postgres = Postgres(self._data.path, credentials, port, self._postgres_settings)
                self._postgres.start(self._roster, self._cancel)
                self._watch(self._postgres)
                self._publish(
                    database_url=self._postgres.database_url,
                    database_owner_url=self._postgres.database_owner_url,
                )

    def _start_temporal(self) -> None:
        if self._temporal_address is not None:
            with self._steps.step(f"use Temporal at {self._temporal_address}"):
                meet(self._temporal_address, self._options, self._cancel)
            self._publish(temporal_address=self._temporal_address)
            return
        if Part.TEMPORAL not in self._parts:
            return
        source = TemporalSource(Cache.from_environment(), self._steps, self._cancel)
        program = source.server(install=self._install)
        with_ui = Part.UI in self._parts
        with self._steps.step(f"start Temporal (server {program.version})"):
            self._temporal = TemporalServer(self._data.path, program, self._ports, self._options, ui=with_ui)
            self._temporal.start(self._roster, self._cancel)
            self._watch(self._temporal)
            self._publish(temporal_address=self._temporal.address)
        if with_ui:
            self._start_ui(source, self._temporal)

    def _start_ui(self, source: TemporalSource, server: TemporalServer) -> None:
        if server.own_ui_port is not None:
            self._publish(temporal_ui_url=f"http://127.0.0.1:{server.own_ui_port}")
            return
        try:
            program = source.ui(install=self._install)
        except UnusableError as reason:
            # Leads are handled without it; a person who wants it is told what is missing.
            self._note(f"Going on without the Temporal UI: {reason}")
            return
        with self._steps.step("start the Temporal UI"):
            port = self._ports.choose("temporal-ui", 8233)
            self._ui = TemporalUI(self._data.path, program, server.address, self._options.namespace, port)
            self._ui.start(self._roster, self._cancel)
            self._watch(self._ui)
            self._publish(temporal_ui_url=self._ui.url)

    def _migrate(self) -> None:
        owner = self._endpoints.database_owner_url
        if Part.MIGRATE not in self._parts or owner is None:
            return
        # Imported here: Alembic and the models are of no use to a stack of servers only.
        from db.errors import DatabaseError
        from db.migrate import upgrade

        with self._steps.step("migrate the database"):
            try:
                asyncio.run(upgrade(owner, self._endpoints.database_url))
            except (DatabaseError, OSError) as error:
                raise StackError(f"The database could not be migrated: {error}") from error

    def _start_processes(self) -> None:
        chosen = [process for name, process in PROCESSES.items() if Part(name) in self._parts]
        if not chosen:
            return
        ports = {
            process.name: self._ports.choose(process.name, process.usual_port)
            for process in chosen
            if process.usual_port is not None
        }
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self._publish(api_url=urls.get("api"), console_url=urls.get("console"))
        environment = self._process_environment(chosen, ports)
        for process in chosen:
            self._supervisor.start(process.spec(self._data.path, environment))
        for process in chosen:
            if process.ready_path is not None:
                with self._steps.step(f"start {process.name}"):
                    self._await_ready(process, urls[process.name] + process.ready_path)

    def _process_environment(self, chosen: Collection[Process], ports: dict[str, int]) -> dict[str, str]:
        known = self._endpoints
        environment = {
            "DATABASE_URL": known.database_url,
            "TEMPORAL_ADDRESS": known.temporal_address,
            "TEMPORAL_NAMESPACE": self._options.namespace,
            "BATON_AUTH_SECRET": Credentials.ensure(self._data.path).auth_secret,
            "BATON_API_URL": known.api_url,
            **{process.port_variable: str(ports[process.name]) for process in chosen if process.port_variable},
        }
        return {name: value for name, value in environment.items() if value is not None} | self._environment

    def _await_ready(self, process: Process, url: str) -> None:
        def ready() -> bool | None:
            if self._supervisor.failure is not None:
                raise self._supervisor.failure
            return answers(url) or None

        wait_for(
            ready,
            seconds=process.ready_seconds,
            what=f"{process.name} was not ready at {url} (log: {self._data.path / 'log' / process.name}.log)",
            cancel=self._cancel,
            every=0.1,
        )

    def _note_restart(self, name: str, code: int) -> None:
        self._note(f"{name} ended with code {code}: starting it again.")

    def _watch(self, part: Postgres | TemporalServer | TemporalUI) -> None:
        if part.child is not None:
            self._supervisor.watch(part.child, restart=part is self._ui)

    def _publish(self, **addresses: str | None) -> None:
        with self._publishing:
            self._endpoints = self._endpoints.model_copy(update=addresses)
