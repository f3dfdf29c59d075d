"""Measures time and CPU: probes, traces, CPU by thread."""
