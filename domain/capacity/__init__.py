"""Capacity: how many leads will come and be worked off, and who could take some from whom."""
