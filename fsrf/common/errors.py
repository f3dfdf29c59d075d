"""The errors that this project raises on purpose.

    FsrfError
    ├── CheckpointError      a checkpoint is missing, damaged, or of another version
    ├── DataError            a training or evaluation file cannot be used as it is
    ├── EngineError          no engine can run, or one does not agree with the reference   (engines.common.errors)
    ├── SourceError          a camera, microphone or text source cannot be used            (stream.flow.errors)
    ├── MediaError           a media or caption file cannot be read                        (stream.flow.errors)
    ├── RecordingError       a recording cannot be written or replayed                     (stream.flow.errors)
    └── UsageError           the command line asks for something that makes no sense       (stream.flow.errors)

Each message is one line that says what happened, to what, and what to do about it.
"""


class FsrfError(Exception):
    """Base of every error that is raised on purpose."""


class CheckpointError(FsrfError):
    """A checkpoint is missing, damaged, or of another version."""


class DataError(FsrfError):
    """A training or evaluation file cannot be used as it is."""
