"""The two windows: how long they are, on which calendar, and what happens before and after they end."""
