"""Losses, one idea a file; each is a function of tensors that returns a scalar (or one value a row)."""
