"""Scripts that make what ships: the demo clip, canonical face, mean voice. Not installed."""
