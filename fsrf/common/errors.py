"""The errors that this project raises on purpose.

    FsrfError
    ├── CheckpointError      a checkpoint is missing, damaged, or of another version
    ├── DataError            a training or evaluation file cannot be used as it is
    ├── EngineError          no engine can run, or one does not agree with the reference
    │   └── EngineAwayError       the server that runs it takes no windows now; it may later
    ├── SourceError          a camera, microphone or text source cannot be used
    │   └── RehearsedError   ... because the user asked for that failure
    ├── MediaError           a media or caption file cannot be read
    ├── RecordingError       a recording cannot be written or replayed
    ├── SinkError            what a sink brings records to takes none now; it may later
    └── UsageError           the caller asks for something impossible

Each message is one line that says what happened, to what, and what to do about it.
"""


class FsrfError(Exception):
    """Base of every error that is raised on purpose."""


class CheckpointError(FsrfError):
    """A checkpoint is missing, damaged, or of another version."""


class DataError(FsrfError):
    """A training or evaluation file cannot be used as it is."""


class EngineError(FsrfError):
    """An engine cannot be built or run, or does not agree with the torch reference."""


class EngineAwayError(EngineError):
    """The server of an engine answers no windows now; the same ones may be brought again later."""


class SourceError(FsrfError):
    """A camera, microphone or text source cannot be opened or has failed."""


class RehearsedError(SourceError):
    """A source is kept from working because the user asked for it; the device itself may be well."""


class MediaError(FsrfError):
    """A media or caption file cannot be read."""


class RecordingError(FsrfError):
    """A recording cannot be written or replayed."""


class SinkError(FsrfError):
    """What a sink brings records to takes none now; the same record may be brought again later."""


class UsageError(FsrfError):
    """The caller asked for something impossible."""
