"""Scoring: what a lead is worth, and which factor gave how much."""
