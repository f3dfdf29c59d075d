"""What a bare machine with a GPU needs to measure engines: packed with an index, run without a network."""
