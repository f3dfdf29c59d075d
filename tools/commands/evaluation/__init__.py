"""Measuring checkpoints, comparing models, and holding recordings against ratings."""
