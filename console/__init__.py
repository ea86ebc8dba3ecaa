"""Web pages for agents and managers: a process of its own that knows Baton through the HTTP API alone."""
