"""Training: losses, constraints, distillation, calibration, and the whole run of the live checkpoint."""
