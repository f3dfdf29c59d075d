"""A microphone by PyAudio: blocks of 20 ms, mono, 16 kHz, stamped by counting samples.

PortAudio lives in a process of its own (`stream.sources.portaudio`), which is killed at each close.
So each opening sees the devices that are there now, and what hangs inside PortAudio hangs alone and leaves
nothing.
"""

import contextlib
import json
import logging
import os
import select
import subprocess
from typing import Any, NamedTuple, cast

import numpy as np

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Samples
from fsrf_live.stream.flow.threads import module_command
from fsrf_live.stream.sources.device import Found
from fsrf_live.stream.sources.portaudio import BLOCK_MESSAGE, FAILED, HEAD, OPENED, OVERFLOW
from fsrf_live.stream.sources.sample_clock import DeviceSound
from fsrf_live.stream.sources.source import Health

_WAIT_S = 0.1
OPENS_WITHIN_S = 5.0
_CHUNK = 1 << 16
COMMAND = module_command("fsrf_live.stream.sources.portaudio")

_log = logging.getLogger(__name__)


def microphone_name(wanted: str) -> str:
    """What a microphone is called before it has been found."""
    return f"microphone {wanted}"


class _Message(NamedTuple):
    kind: bytes
    arrival_ns: int
    flags: int
    data: bytes


class Microphone:
    """One microphone; times are those of the system's monotonic clock."""

    modality: Modality = "audio"

    def __init__(
        self, wanted: str, clock: Clock, memory: Found | None = None, command: tuple[str, ...] = COMMAND
    ) -> None:
        """`wanted` is ``default``, an index, or (part of) a name; `command` starts the process."""
        self._wanted = wanted
        self._clock = clock
        self._memory = memory or Found()
        self._command = command
        self._worker: subprocess.Popen[bytes] | None = None
        self._received = bytearray()
        self._sound = DeviceSound()
        self._drops = 0

    @property
    def name(self) -> str:
        """The device's name once it has been found, else what was asked for."""
        return self._memory.name or microphone_name(self._wanted)

    @property
    def health(self) -> Health:
        """Drops are overflows of the device; the drift is that of its clock."""
        return Health(self._drops, self._sound.drift_ppm)

    def open(self) -> None:
        """Find the device and start it; raises SourceError if it is not there or refuses."""
        self.close()
        known = [] if self._memory.name is None else [self._memory.name]
        self._worker = subprocess.Popen(
            [*self._command, self._wanted, *known],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if _log.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline_ns = self._clock.now_ns() + round(OPENS_WITHIN_S * NS)
        while (message := self._message()) is None:
            if self._clock.now_ns() > deadline_ns:
                raise SourceError("the sound system does not answer: is the sound server stopped?")
        if message.kind != OPENED:
            raise SourceError(f"microphone {self.name!r} is not understood: is the installation whole?")
        device = json.loads(message.data)
        self._memory.name = str(device["name"])
        self._sound.begin(int(device["rate_hz"]))

    def read(self) -> Samples | None:
        """Give the next block, or None within 100 ms; raises SourceError when the device has stopped."""
        message = self._message()
        if message is None or message.kind != BLOCK_MESSAGE:
            return None
        overflow = bool(message.flags & OVERFLOW)
        self._drops += overflow
        samples = np.frombuffer(message.data, np.float32)
        return self._sound.put(samples, message.arrival_ns, after_loss=overflow)

    def close(self) -> None:
        """End the process, and with it all that it holds."""
        worker, self._worker = self._worker, None
        self._received.clear()
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            with contextlib.suppress(OSError):
                cast(Any, pipe).close()

    def _message(self) -> _Message | None:
        """Give the next message, or None within 100 ms; SourceError if it is `FAILED` or the end."""
        message = self._parsed()
        if message is None:
            self._receive()
            message = self._parsed()
        if message is not None and message.kind == FAILED:
            raise SourceError(message.data.decode(errors="replace"))
        return message

    def _receive(self) -> None:
        if self._worker is None or self._worker.stdout is None:
            raise SourceError(f"microphone {self.name!r} is not open")
        descriptor = self._worker.stdout.fileno()
        if not select.select([descriptor], [], [], _WAIT_S)[0]:
            return
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            raise SourceError(f"microphone {self.name!r}: the process that records it has ended")
        self._received += chunk

    def _parsed(self) -> _Message | None:
        if len(self._received) < HEAD.size:
            return None
        kind, arrival_ns, flags, size = HEAD.unpack_from(self._received)
        end = HEAD.size + size
        if len(self._received) < end:
            return None
        data = bytes(self._received[HEAD.size : end])
        del self._received[:end]
        return _Message(kind, arrival_ns, flags, data)
