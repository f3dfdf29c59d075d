"""Packs of features out of corpora of faces, voices and texts."""
