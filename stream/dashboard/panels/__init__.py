"""The panels: each is a pure function from a snapshot and a size to lines of text."""
