"""Talking to a Temporal server before it is used: its version, Baton's namespace and search attributes."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workers.stack.errors import StackError
from workers.stack.temporal_options import AttributeType, TemporalOptions

_TYPES: Mapping[AttributeType, IndexedValueType.ValueType] = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
}


class ServerVersion(NamedTuple):
    """Major and minor release of a Temporal server."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> ServerVersion | None:
        """The first `N.N` in the text, or None."""
        found = re.search(r"(\d+)\.(\d+)", text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


OLDEST_SERVER = ServerVersion(1, 32)


def listens(address: str) -> bool:
    """Whether something accepts TCP connections at host:port."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1):
            return True
    except (OSError, ValueError):
        return False


def greet(address: str) -> str | None:
    """The version text of the server at `address`, or None when it does not answer (yet)."""
    return asyncio.run(_greet(address)) if listens(address) else None


def prepare(address: str, options: TemporalOptions) -> None:
    """Register namespace and search attributes where they are missing. Idempotent.

    Raises StackError when the server refuses, or knows an attribute under another type.
    """
    try:
        asyncio.run(_prepare(address, options))
    except RPCError as error:
        raise StackError(
            f"Temporal at {address} refused to prepare namespace {options.namespace!r} ({error.message}): "
            "have its operator create the namespace and the search attributes "
            + ", ".join(f"{name} {kind}" for name, kind in options.search_attributes.items())
            + "."
        ) from error


async def _greet(address: str) -> str | None:
    try:
        client = await Client.connect(address)
        info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    except (RPCError, RuntimeError):
        return None
    return info.server_version


async def _prepare(address: str, options: TemporalOptions) -> None:
    client = await Client.connect(address)
    try:
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(
                namespace=options.namespace,
                workflow_execution_retention_period=Duration(seconds=int(options.retention.total_seconds())),
            )
        )
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise
    known = await _known_attributes(client, options.namespace)
    wanted = {name: _TYPES[kind] for name, kind in options.search_attributes.items()}
    for name, kind in wanted.items():
        if known.get(name, kind) != kind:
            raise StackError(
                f"Temporal at {address} has a search attribute {name} of another type than "
                f"{options.search_attributes[name]}: remove it, or set TEMPORAL_NAMESPACE."
            )
    if missing := {name: kind for name, kind in wanted.items() if name not in known}:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=options.namespace, search_attributes=missing)
        )


async def _known_attributes(client: Client, namespace: str) -> dict[str, IndexedValueType.ValueType]:
    # A namespace registered a moment ago may not have reached the server's caches.
    for _ in range(100):
        try:
            listing = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=namespace)
            )
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.1)
            continue
        return dict(listing.custom_attributes)
    raise StackError(f"Temporal registered namespace {namespace!r} but does not find it after 10 s: start again.")
