"""The command line: one file for each command; it composes the other rooms and nobody imports it."""
