"""Windows: what belongs to one utterance, and how much of it is real. Pure logic."""
