"""A live session: sources, workers, the core, and how it ends."""
