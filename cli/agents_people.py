"""How the commands about agents name people."""

from __future__ import annotations

from typing import Annotated

import typer

As = Annotated[
    str,
    typer.Option(
        "--as", envvar="BATON_ADMIN", help="E-mail of the admin or manager who does this.", show_default=False
    ),
]
Who = Annotated[str, typer.Argument(help="The agent's e-mail or id.", show_default=False)]
