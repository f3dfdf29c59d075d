"""What every room may use, without torch: modalities, configuration, checkpoints, errors, metrics."""
