"""The command line: one file for each command; it composes the other rooms, and no room imports it."""
