"""Published configurations, cached by version: a version never changes, so it is read once per process."""

from __future__ import annotations

from pydantic import ValidationError

from db.repositories.configurations import read_configuration
from db.session import AnyConnection
from domain.configuration import Configuration
from domain.errors import ConfigurationError


class Configurations:
    """The configurations that this process has seen."""

    def __init__(self) -> None:
        self._by_version: dict[int, Configuration] = {}

    async def get(self, connection: AnyConnection, version: int) -> Configuration:
        """The configuration of a version; raises ConfigurationError when it is missing or cannot be read."""
        known = self._by_version.get(version)
        if known is not None:
            return known
        body = await read_configuration(connection, version)
        if body is None:
            raise ConfigurationError(f"configuration version {version} is not published; restore or publish it")
        try:
            configuration = Configuration.model_validate(body)
        except ValidationError as error:
            raise ConfigurationError(f"configuration version {version} cannot be read: {error}") from error
        self._by_version[version] = configuration
        return configuration
