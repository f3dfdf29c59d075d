"""Keeping a source alive, and judging whether it is."""
