"""From samples to voice features, one vector for each 40 ms hop."""
