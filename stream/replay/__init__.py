"""A recording again: as it was, or under other faults."""
