"""Errors of the engines; the whole tree is drawn in `fsrf.common.errors`."""

from fsrf_live.fsrf.common.errors import CheckpointError, FsrfError

__all__ = ["CheckpointError", "EngineError", "FsrfError"]


class EngineError(FsrfError):
    """An engine cannot be built or run, or does not agree with the torch reference."""
