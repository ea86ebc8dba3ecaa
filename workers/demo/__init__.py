"""`baton demo`: leads played through their whole life over the HTTP API, and a report read from Postgres."""
