"""The embedded Temporal server: version, namespace, search attributes, resume, time skipping."""

from __future__ import annotations

import time
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workers.stack import EmbeddedStack, StackError, TemporalOptions
from workers.stack.errors import PartFailedError
from workers.stack.ports import is_free
from workers.stack.temporal_namespace import OLDEST_SERVER, ServerVersion
from workers.stack.temporal_server import require_recent


@workflow.defn
class Window:
    """Sleeps through one claim window."""

    @workflow.run
    async def run(self) -> str:
        """The word that says it woke up."""
        await workflow.sleep(timedelta(minutes=5))
        return "missed"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    options = TemporalOptions(retention=timedelta(hours=24), dynamic_config={"frontend.rps": 15000})
    stack = EmbeddedStack(
        tmp_path_factory.mktemp("temporal"), parts=("temporal", "ui"), temporal=options, install=False
    )
    stack.start()
    yield stack
    stack.stop()


async def connect(stack: EmbeddedStack) -> Client:
    assert stack.endpoints.temporal_address is not None
    return await Client.connect(stack.endpoints.temporal_address)


async def test_the_server_is_recent(stack: EmbeddedStack) -> None:
    client = await connect(stack)
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    version = ServerVersion.parse(info.server_version)
    assert version is not None
    assert version >= OLDEST_SERVER


async def test_the_namespace_is_ready(stack: EmbeddedStack) -> None:
    client = await connect(stack)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert described.config.workflow_execution_retention_ttl.seconds == 24 * 3600
    listing = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    assert dict(listing.custom_attributes) == {
        "LeadState": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "Agent": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "WakeAt": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
        "LeadSeq": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    }


async def test_five_minutes_can_be_skipped(stack: EmbeddedStack) -> None:
    client = await connect(stack)
    skipping = TimeSkipper(client, config=TimeSkippingConfig()).client
    queue = uuid.uuid4().hex
    runner = UnsandboxedWorkflowRunner()
    began = time.monotonic()
    async with Worker(client, task_queue=queue, workflows=[Window], workflow_runner=runner):
        assert await skipping.execute_workflow(Window.run, id=uuid.uuid4().hex, task_queue=queue) == "missed"
    assert time.monotonic() - began < 60


def test_the_ui_answers(stack: EmbeddedStack) -> None:
    assert stack.endpoints.temporal_ui_url is not None
    with urllib.request.urlopen(stack.endpoints.temporal_ui_url, timeout=10) as answer:
        assert b"<html" in answer.read()


def test_a_second_server_finds_other_ports(stack: EmbeddedStack, data_dir: Path) -> None:
    second = EmbeddedStack(data_dir, parts=("temporal",), install=False)
    second.start()
    assert second.endpoints.temporal_address != stack.endpoints.temporal_address
    second.stop()


def test_an_external_server_is_used_and_left_running(stack: EmbeddedStack, data_dir: Path) -> None:
    address = stack.endpoints.temporal_address
    other = EmbeddedStack(data_dir, parts=("temporal", "ui"), temporal_address=address)
    other.start()
    assert other.endpoints.temporal_address == address
    other.stop()
    assert stack.failure is None
    assert address is not None
    assert not is_free(int(address.rpartition(":")[2]))


def test_an_attribute_of_another_type_is_explained(stack: EmbeddedStack, data_dir: Path) -> None:
    options = TemporalOptions(search_attributes={"LeadSeq": "Keyword"})
    other = EmbeddedStack(
        data_dir, parts=("temporal",), temporal_address=stack.endpoints.temporal_address, temporal=options
    )
    with pytest.raises(StackError, match="LeadSeq of another type than Keyword"):
        other.start()


def test_an_old_server_is_refused() -> None:
    require_recent("host:7233", "1.32.0")
    with pytest.raises(StackError, match=r"version 1\.31\.4; Baton needs 1\.32 or newer"):
        require_recent("host:7233", "1.31.4")


async def test_a_second_start_goes_on(data_dir: Path) -> None:
    name = uuid.uuid4().hex
    async with EmbeddedStack(data_dir, parts=("temporal",), install=False) as stack:
        first = stack.endpoints
        await (await connect(stack)).start_workflow(Window.run, id=name, task_queue="nobody")
    async with EmbeddedStack(data_dir, parts=("temporal",), install=False) as stack:
        assert stack.endpoints == first
        described = await (await connect(stack)).get_workflow_handle(name).describe()
        assert described.workflow_type == "Window"


def test_a_damaged_file_is_reported_with_the_log(data_dir: Path) -> None:
    (data_dir / "temporal").mkdir(parents=True)
    (data_dir / "temporal" / "temporal.db").write_bytes(b"not a database" * 1000)
    stack = EmbeddedStack(data_dir, parts=("temporal",), install=False)
    with pytest.raises(PartFailedError, match=r"temporal ended with code[\s\S]*not a database"):
        stack.start()


TOOL = """#!/bin/sh
if [ "$1" = --version ]; then echo 'temporal version 1.9.1 (Server 1.32.2, UI 2.54.1)'; exit 0; fi
printf '%s\\n' "$@" > "{arguments}"
echo no server here
exit 1
"""


def test_the_command_line_tool_gets_the_same_settings(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = tmp_path / "arguments"
    tool = tmp_path / "temporal"
    tool.write_text(TOOL.format(arguments=arguments))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    stack = EmbeddedStack(data_dir, parts=("temporal", "ui"), install=False)
    with pytest.raises(PartFailedError, match="no server here"):
        stack.start()
    given = arguments.read_text().splitlines()
    assert given[:4] == ["server", "start-dev", "--ip", "127.0.0.1"]
    assert given[given.index("--db-filename") + 1] == str(data_dir / "temporal" / "temporal.db")
    assert "--headless" not in given
    assert {"journal_mode=wal", "synchronous=1", "matching.rps=20000"} <= set(given)
    assert "frontend.WorkflowTimeSkippingEnabled=true" in given
