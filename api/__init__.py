"""The HTTP API: intake, agents' commands, what they may see. Thin shells around services."""
