"""When things happen: the lead's workflow, the service loops, and the messages they exchange."""
