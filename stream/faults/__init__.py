"""Rehearsed failure: what may be asked for, and how it is done to items."""
