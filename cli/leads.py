"""`baton leads`: import, preview, explain, pause, snooze, resume."""

from __future__ import annotations

import typer

from cli.leads_clock import pause, resume, snooze
from cli.leads_explain import explain
from cli.leads_import import import_leads, preview

app = typer.Typer(help="Look at leads and act on them.", no_args_is_help=True)
app.command("import")(import_leads)
app.command("preview")(preview)
app.command("explain")(explain)
app.command("pause")(pause)
app.command("snooze")(snooze)
app.command("resume")(resume)
