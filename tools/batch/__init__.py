"""Manifests of thousands of rows: a result a row, by many workers, and again only what is missing."""
