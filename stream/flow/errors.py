"""Errors of the live path; the whole tree is drawn in `fsrf.common.errors`."""

from fsrf_live.engines.common.errors import EngineError, FsrfError

__all__ = ["EngineError", "FsrfError", "MediaError", "RecordingError", "SourceError", "UsageError"]


class SourceError(FsrfError):
    """A camera, microphone or text source cannot be opened or has failed."""


class MediaError(FsrfError):
    """A media or caption file cannot be read."""


class RecordingError(FsrfError):
    """A recording cannot be written or replayed."""


class UsageError(FsrfError):
    """The caller asked for something that makes no sense."""
