"""Recordings in a browser: a list of them, and each as a curve with what was seen, heard and marked."""
