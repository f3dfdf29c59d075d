"""Corpora: from files that others publish to arrays that the model trains on."""
