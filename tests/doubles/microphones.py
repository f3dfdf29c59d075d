"""The two microphones that stamp blocks by when they arrive, at 16 kHz; each brings what a test wants."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples
from fsrf_live.stream.page.browser.device import Brought, BrowserDevice
from fsrf_live.stream.page.browser.sources import BrowserMicrophone
from fsrf_live.stream.page.browser.wire import Here
from fsrf_live.stream.sources.microphone import Microphone

BEGIN_NS = 7 * NS
_STEP = 2.0**-15

RECORDS = """
import os, struct, sys
import numpy as np
def say(kind, data, arrival_ns=0, flags=0):
    os.write(1, struct.pack("<cqII", kind, arrival_ns, flags, len(data)) + data)
say(b"O", b'{"name": "thing", "rate_hz": 16000}')
for number, (arrival_ns, lost, samples) in enumerate(np.load(sys.argv[1]).tolist()):
    say(b"B", np.full(samples, number * 2.0**-15, np.float32).tobytes(), arrival_ns, lost)
"""
"""Plays the part of the process that records."""


class Arriving(NamedTuple):
    """A block: when it was said and came in, and the number of its first sample, lost ones counted."""

    start_ns: int
    arrival_ns: int
    first: int
    after_loss: bool


def arriving(
    count: int,
    samples: int,
    *,
    ppm: float = 0.0,
    holes: Mapping[int, float] | None = None,
    late_ns: int = 0,
    late_blocks: int = 0,
) -> list[Arriving]:
    """What a device brings whose clock is `ppm` fast: before the blocks in `holes` so many seconds are lost.

    The first `late_blocks` come so much too late.
    """
    lost = np.zeros(count, np.int64)
    for number, hole_s in (holes or {}).items():
        lost[number] = round(hole_s * SAMPLE_RATE_HZ)
    firsts = np.arange(count) * samples + np.cumsum(lost)
    starts, ends = (
        BEGIN_NS + np.round(of / SAMPLE_RATE_HZ / (1 + ppm * 1e-6) * NS).astype(np.int64)
        for of in (firsts, firsts + samples)
    )
    arrivals = np.maximum.accumulate(ends + late_ns * (np.arange(count) < late_blocks))
    return [
        Arriving(int(start), int(arrival), int(first), bool(samples_lost))
        for start, arrival, first, samples_lost in zip(starts, arrivals, firsts, lost, strict=True)
    ]


def by_device(blocks: Sequence[Arriving], samples: int, folder: Path) -> Iterator[Samples]:
    """What a microphone of this machine makes of them, until its process ends."""
    told = folder / "blocks.npy"
    np.save(told, np.array([(block.arrival_ns, block.after_loss, samples) for block in blocks], np.int64))
    microphone = Microphone("thing", MonotonicClock(), command=(sys.executable, "-c", RECORDS, str(told)))
    microphone.open()
    try:
        while True:
            heard = microphone.read()
            if heard is not None:
                yield heard
    except SourceError:
        return
    finally:
        microphone.close()


def by_browser(blocks: Sequence[Arriving], samples: int, _folder: Path) -> Iterator[Samples]:
    """What a microphone of a browser makes of them."""
    device = BrowserDevice("mic")
    microphone = BrowserMicrophone(device)
    holder = device.join(lambda: None, take_over=False)
    assert holder is not None
    device.here(holder, Here("thing", SAMPLE_RATE_HZ))
    microphone.open()
    for number, block in enumerate(blocks):
        data = np.full(samples, number * _STEP, "<f4").tobytes()
        device.put(holder, Brought(block.arrival_ns, block.first % 2**32, data))
        heard = microphone.read()
        if heard is not None:
            yield heard


MICROPHONES: dict[str, Callable[[Sequence[Arriving], int, Path], Iterator[Samples]]] = {
    "of this machine": by_device,
    "of a browser": by_browser,
}


def numbers_of(heard: Samples, samples: int) -> list[int]:
    """Which blocks it holds."""
    return [round(float(sample) / _STEP) for sample in heard.samples[::samples]]


def errors_ms(heard: Sequence[Samples], blocks: Sequence[Arriving], samples: int) -> Doubles:
    """How much later than said each block is stamped, in ms, by its number; NaN if it never came out."""
    errors = np.full(len(blocks), np.nan)
    for part in heard:
        for index, number in enumerate(numbers_of(part, samples)):
            stamp_ns = part.time_ns + index * samples * NS // SAMPLE_RATE_HZ
            errors[number] = (stamp_ns - blocks[number].start_ns) / 1e6
    return errors
