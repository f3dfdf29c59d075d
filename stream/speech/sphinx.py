"""CMU PocketSphinx with the US English model inside its wheel: small, quick, and often wrong."""

import contextlib
import json
import struct
import subprocess

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Words
from fsrf_live.stream.flow.threads import module_command

FRAMES_PER_S = 100
SHORTEST_S = 0.2
ENDS_WITHIN_S = 1.0


class Pocketsphinx:
    """A recogniser, as `stream.speech.recognisers` has it, in a process of its own (`sphinx_worker`)."""

    name = "pocketsphinx"

    def __init__(self) -> None:
        """Load the model; raises SourceError where it cannot be loaded."""
        self._worker: subprocess.Popen[bytes] | None = _started()
        self._ask(b"")

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise an utterance, with the process started again where it has died; raises SourceError."""
        if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
            return []
        if self._worker is None or self._worker.poll() is not None:
            self.close()
            self._worker = _started()
            self._ask(b"")
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        words = []
        for word, first, last in self._ask(struct.pack("<I", len(pcm)) + pcm):
            text = word.split("(")[0]
            if text and not text.startswith(("<", "[", "+")):
                begin_ns, end_ns = first * NS // FRAMES_PER_S, (last + 1) * NS // FRAMES_PER_S
                words.append(Words(start_ns + begin_ns, start_ns + end_ns, text))
        return words

    def close(self) -> None:
        """End the process."""
        worker, self._worker = self._worker, None
        if worker is None or worker.stdin is None or worker.stdout is None:
            return
        with contextlib.suppress(OSError):
            worker.stdin.close()
        try:
            worker.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        worker.stdout.close()

    def _ask(self, request: bytes) -> list[tuple[str, int, int]]:
        """Send a request and wait for the answer: words, each with its first and last frame."""
        worker, answer = self._worker, b""
        if worker is not None and worker.stdin is not None and worker.stdout is not None:
            with contextlib.suppress(OSError):
                worker.stdin.write(request)
                worker.stdin.flush()
                answer = worker.stdout.readline()
        if not answer:
            self.close()
            raise SourceError("speech recognition has stopped: is pocketsphinx installed?")
        return [(str(word), int(first), int(last)) for word, first, last in json.loads(answer)]


def _started() -> "subprocess.Popen[bytes]":
    """Start the process, in a session of its own: Ctrl-C must not reach it, the end of its input ends it."""
    return subprocess.Popen(
        module_command("fsrf_live.stream.speech.sphinx_worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
