"""Recordings for other programs: annotation, statistics, captions, a data set, a report."""
