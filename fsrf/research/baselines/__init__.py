"""Baselines: the same encoders, features, masks and budget as FSRF, but other methods for missing data."""
