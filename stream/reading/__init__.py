"""From a window to a reading: arrays, the engine's answer, latency, summary."""
