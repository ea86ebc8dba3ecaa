"""Passwords and keys of one data directory: generated once, kept in secrets.json (mode 0600)."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.stack.errors import StackError
from workers.stack.private_file import write_private

FILE_NAME = "secrets.json"


def _fresh() -> str:
    return secrets.token_urlsafe(24)


class Credentials(BaseModel):
    """All secrets of a stack. Values are URL-safe, so they need no quoting in addresses or SQL literals."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    postgres_password: str = Field(default_factory=_fresh, min_length=1)
    owner_password: str = Field(default_factory=_fresh, min_length=1)
    app_password: str = Field(default_factory=_fresh, min_length=1)
    auth_secret: str = Field(default_factory=_fresh, min_length=1)

    @classmethod
    def ensure(cls, data_dir: Path) -> Credentials:
        """Read the directory's secrets, or generate them. Raises StackError if the file is damaged."""
        path = data_dir / FILE_NAME
        if not path.exists():
            write_private(path, cls().model_dump_json(indent=2) + "\n")
        return cls.load(data_dir)

    @classmethod
    def load(cls, data_dir: Path) -> Credentials:
        """Read the directory's secrets. Raises StackError if there are none or the file is damaged."""
        path = data_dir / FILE_NAME
        try:
            text = path.read_text(encoding="utf-8")
            known = cls.model_validate_json(text)
        except FileNotFoundError:
            raise StackError(f"{path} does not exist: start the stack once with `baton up`.") from None
        except ValidationError as error:
            raise StackError(f"{path} is damaged ({error}): restore it, or use another --data-dir.") from error
        return known
