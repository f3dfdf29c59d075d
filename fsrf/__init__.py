"""FSRF and FIRF: sentiment from text, audio and video, any of which may be missing.

This room holds the model: its network, losses, data, training and metrics. It is pure torch and numpy and
knows nothing of devices, engines or the command line. Importing the package is cheap; torch is imported by
the modules that need it.
"""
