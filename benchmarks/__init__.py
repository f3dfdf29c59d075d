"""Comparisons, each of which prints a ratio measured in one run: `python -m benchmarks.engines` and so on."""
