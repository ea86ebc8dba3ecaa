"""Routing: who may have a lead, who fits it best, and why."""
