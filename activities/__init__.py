"""Thin shells around services, for what time and routing do."""
