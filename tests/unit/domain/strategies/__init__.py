"""Strategies: each is held to what it promises."""
