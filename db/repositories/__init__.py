"""Repositories: every SQL statement of the running product. A function takes a connection and issues one statement."""
