"""Engines on a GPU, measured on this machine, or on a bare one that has no network (a kit)."""
