"""Keeps the chatter of native libraries off the user's terminal, and our own messages on it.

ALSA, JACK, PortAudio, LiteRT, OpenCV and FFmpeg write to file descriptor 2 behind
Python's back. So descriptor 2 itself is the null device while a command runs, and `sys.stderr` writes to a
copy of the real one: our messages and tracebacks arrive, also those of threads and of a native crash.
"""

import contextlib
import faulthandler
import io
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TextIO

from fsrf_live.engines.common.runtime import NO_TELEMETRY

QUIET_ENVIRONMENT = {
    "GLOG_minloglevel": "3",
    "GLOG_logtostderr": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_DEBUG": "0",
    "ORT_LOGGING_LEVEL": "4",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TQDM_DISABLE": "1",
}
"""For libraries that read the environment; what the user has set stays."""

LOCAL_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    **NO_TELEMETRY,
    "TOKENIZERS_PARALLELISM": "false",
}
"""Models come from site-packages and the checkpoint, never from a hub, and nothing is reported anywhere."""

STDERR_FD = 2


@contextlib.contextmanager
def native_silence(*, debug: bool, restore: bool) -> Iterator[None]:
    """Silence descriptor 2 and keep `sys.stderr` on the real one; with `debug` let everything through.

    Must be entered before a native library is imported. `restore` puts descriptor 2 back at the end; a
    process that is about to exit leaves it, since libraries also chatter while they are torn down.
    """
    os.environ.update({k: v for k, v in LOCAL_ENVIRONMENT.items() if k not in os.environ})
    if debug:
        if not restore:
            faulthandler.enable(STDERR_FD)
        yield
        return
    os.environ.update({k: v for k, v in QUIET_ENVIRONMENT.items() if k not in os.environ})
    ours = _real_stderr()
    if ours is None:
        yield
        return
    before = sys.stderr
    sys.stderr = ours
    if not restore:
        faulthandler.enable(ours)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR_FD)
    os.close(nowhere)
    try:
        yield
    finally:
        ours.flush()
        if restore:
            os.dup2(ours.fileno(), STDERR_FD)
            sys.stderr = before
            ours.close()


def python_silence() -> None:
    """Hide warnings of Python libraries, unless ``-W`` or PYTHONWARNINGS is set."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def _real_stderr() -> TextIO | None:
    """A text stream on a copy of descriptor 2; None if `sys.stderr` is not descriptor 2 (or is closed)."""
    try:
        if sys.stderr.fileno() != STDERR_FD:
            return None
        sys.stderr.flush()
        copy = os.dup(STDERR_FD)
    except (AttributeError, OSError, ValueError):
        return None
    raw = os.fdopen(copy, "wb", buffering=0)
    return io.TextIOWrapper(
        raw, encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=True
    )
