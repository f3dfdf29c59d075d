"""Files by the same core as live: analysis, and rehearsal of every failure."""
