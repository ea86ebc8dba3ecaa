"""The configuration file of a Temporal server that keeps everything in one SQLite file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from workers.stack.ports import Ports
from workers.stack.temporal_options import Setting


@dataclass(frozen=True)
class ServicePorts:
    """The two ports of one of the server's services."""

    grpc: int
    membership: int


@dataclass(frozen=True)
class TemporalPorts:
    """All ports of a server, on the loopback interface."""

    frontend: ServicePorts
    history: ServicePorts
    matching: ServicePorts
    worker: ServicePorts

    @classmethod
    def choose(cls, ports: Ports) -> TemporalPorts:
        """The usual ports (frontend 7233) where they are free, others where they are taken."""

        def pair(name: str, grpc: int, membership: int) -> ServicePorts:
            return ServicePorts(
                ports.choose("temporal" if name == "frontend" else f"temporal-{name}", grpc),
                ports.choose(f"temporal-{name}-membership", membership),
            )

        return cls(
            frontend=pair("frontend", 7233, 16933),
            history=pair("history", 17234, 16934),
            matching=pair("matching", 17235, 16935),
            worker=pair("worker", 17239, 16939),
        )


def server_config(database: Path, ports: TemporalPorts, dynamic_config: Path) -> str:
    """YAML for `--config-file`. One history shard: SQLite writes through one connection anyway."""
    store = {
        "sql": {
            "pluginName": "sqlite",
            "databaseName": str(database),
            "connectAddr": "localhost",
            "connectProtocol": "tcp",
            "connectAttributes": {"cache": "private", "setup": True, "journal_mode": "wal", "synchronous": 1},
            "maxConns": 1,
            "maxIdleConns": 1,
            "maxConnLifetime": "1h",
        }
    }
    services = {
        name: {
            "rpc": {"grpcPort": pair.grpc, "membershipPort": pair.membership, "bindOnLocalHost": True},
        }
        for name, pair in vars(ports).items()
    }
    return yaml.safe_dump(
        {
            "log": {"stdout": True, "level": "warn"},
            "persistence": {
                "defaultStore": "main",
                "visibilityStore": "visibility",
                "numHistoryShards": 1,
                "datastores": {"main": store, "visibility": dict(store)},
            },
            "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"}},
            "services": services,
            "clusterMetadata": {
                "enableGlobalNamespace": False,
                "failoverVersionIncrement": 10,
                "masterClusterName": "active",
                "currentClusterName": "active",
                "clusterInformation": {
                    "active": {
                        "enabled": True,
                        "initialFailoverVersion": 1,
                        "rpcName": "frontend",
                        "rpcAddress": f"127.0.0.1:{ports.frontend.grpc}",
                    }
                },
            },
            "dcRedirectionPolicy": {"policy": "noop"},
            "dynamicConfigClient": {"filepath": str(dynamic_config), "pollInterval": "60s"},
        },
        sort_keys=False,
    )


def dynamic_config(settings: Mapping[str, Setting]) -> str:
    """YAML of the server's dynamic configuration file."""
    return yaml.safe_dump({name: [{"value": value}] for name, value in settings.items()}, sort_keys=False)
