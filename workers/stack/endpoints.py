"""Where a running stack can be reached: DATA_DIR/endpoints.json (mode 0600, it holds passwords)."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workers.stack.private_file import write_private

FILE_NAME = "endpoints.json"


class Endpoints(BaseModel):
    """Addresses of one stack; None for a part that was not asked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    database_url: str | None = None
    database_owner_url: str | None = None
    temporal_address: str | None = None
    temporal_ui_url: str | None = None
    api_url: str | None = None
    console_url: str | None = None

    def write(self, data_dir: Path) -> None:
        """Publish the addresses. The file is there while the stack runs, or after its parent crashed."""
        write_private(data_dir / FILE_NAME, self.model_dump_json(indent=2) + "\n")

    @classmethod
    def read(cls, data_dir: Path) -> Endpoints | None:
        """The published addresses, or None when no stack has published any."""
        try:
            return cls.model_validate_json((data_dir / FILE_NAME).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    @staticmethod
    def withdraw(data_dir: Path) -> None:
        """Remove the published addresses. Idempotent."""
        (data_dir / FILE_NAME).unlink(missing_ok=True)
