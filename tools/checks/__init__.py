"""Checks of a machine: what is there, what works, and what to do about the rest."""
