"""Recordings with pictures and sound, and a viewer of a folder."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Samples
from fsrf_live.stream.recording.media import MEDIA, MediaWriter
from fsrf_live.stream.recording.recording import HEADER
from fsrf_live.stream.viewer.server import ViewerServer
from tests.doubles.mosquitto import free_port
from tests.doubles.sessions import EPOCH_NS, record_monday

BEGINS_MS, ENDS_MS, EVERY_MS = 200, 12_000, 100
"""When its pictures and its sound begin and end, and how long each of them is."""
GONE_MS = (6000, 8000)
"""When no pictures came, as in the session."""
HZ = 500
MS = 1_000_000


def record_filmed(folder: Path) -> None:
    """`record_monday` with pictures that grow lighter, ten a second, and a tone."""
    record_monday(folder)
    header = json.loads((folder / HEADER).read_text())
    (folder / HEADER).write_text(json.dumps({**header, "media": MEDIA}))
    writer = MediaWriter(folder, EPOCH_NS + BEGINS_MS * MS, size=(64, 48), sound=True)
    for at_ms in range(BEGINS_MS, ENDS_MS, EVERY_MS):
        if not GONE_MS[0] <= at_ms < GONE_MS[1]:
            shade = np.full((48, 64, 3), 255 * at_ms // ENDS_MS, np.uint8)
            writer.write(Frame(EPOCH_NS + at_ms * MS, shade))
        writer.write(Samples(EPOCH_NS + at_ms * MS, tone(at_ms)))
    writer.close()


def tone(at_ms: int) -> "np.typing.NDArray[np.float32]":
    """What the microphone gave in the 100 ms from a moment on."""
    first = at_ms * SAMPLE_RATE_HZ // 1000
    moments = np.arange(first, first + EVERY_MS * SAMPLE_RATE_HZ // 1000) / SAMPLE_RATE_HZ
    return (0.25 * np.sin(2 * np.pi * HZ * moments)).astype(np.float32)


@contextmanager
def viewer_over(folder: Path) -> Iterator[ViewerServer]:
    """A viewer of a folder on a free port, which serves."""
    viewer = ViewerServer(folder, free_port())
    thread = threading.Thread(target=viewer.serve)
    thread.start()
    try:
        yield viewer
    finally:
        viewer.stop()
        thread.join()
