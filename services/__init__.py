"""Use cases: load, let the domain decide, write in one transaction, then tell the workflow."""
