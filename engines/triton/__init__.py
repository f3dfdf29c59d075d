"""The network on a Triton server: its address, its model repository, the engine that asks it."""
