"""From frames and samples to features: the same code for training, live and offline."""
