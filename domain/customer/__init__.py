"""The customer: where they are, when they may be called, and over which channels."""
