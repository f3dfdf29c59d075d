"""The commands of a fleet: ``fsrf serve --worker`` and ``fsrf streams``."""
