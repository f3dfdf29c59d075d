"""Feature packs from corpora of faces, voices and texts."""
