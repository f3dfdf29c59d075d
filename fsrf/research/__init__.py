"""Comparisons with baselines: contenders, tasks, outcomes, and their pages."""
