"""What a checkpoint answers on held-out data, and the page about it."""
