"""Sinks by name: each brings records to one kind of program, over a library of that field."""
