"""What FSRF is compared with: the same encoders, features, masks and budget, other ideas of missing data."""
