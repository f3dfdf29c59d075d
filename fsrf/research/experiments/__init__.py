"""Comparisons: one task, stored masks, the same budget for all, five seeds, and the page that says so."""
