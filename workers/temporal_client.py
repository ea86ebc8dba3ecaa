"""The Temporal client of every process: one data converter, so that all payloads are the messages' own."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from workers.settings import Settings


async def connect_temporal(settings: Settings, *, lazy: bool = False) -> Client:
    """Connect to the server in the settings.

    `lazy` connects at the first call, so that a process can start while Temporal is away.
    """
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=pydantic_data_converter,
        lazy=lazy,
    )
