"""Recordings of sessions: their format, writing and reading them, raw media."""
