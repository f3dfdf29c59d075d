"""Where time and processor go: probes, traces, CPU by thread."""
