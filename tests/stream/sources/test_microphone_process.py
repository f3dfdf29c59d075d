"""What a microphone makes of what the recording process says, with a process that says what a test wants."""

import sys

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import Samples
from fsrf_live.stream.sources import microphone as module
from fsrf_live.stream.sources.microphone import Microphone
from tests.doubles.waiting import until

BEGIN = """
import json, os, struct, sys, time
import numpy as np
def say(kind, data, arrival=0, flags=0):
    os.write(1, struct.pack("<cqII", kind, arrival, flags, len(data)) + data)
"""
OPENED = 'say(b"O", json.dumps({"name": "a " + sys.argv[-1], "rate_hz": RATE}).encode())\n'
SOUND = """
start = time.monotonic_ns()
for n in range(200):
    at = np.arange(n * RATE // 50, (n + 1) * RATE // 50) / RATE
    block = (0.5 * np.sin(2 * np.pi * 1000 * at)).astype(np.float32)
    say(b"B", block.tobytes(), start + (n + 1) * 20_000_000, n == FLAGGED)
"""
WAIT = "sys.stdin.read()\n"


def microphone(script: str, rate_hz: int = 16_000, flagged: int | None = None) -> Microphone:
    """`flagged` is the number of a block before which something is said to be lost."""
    command = (sys.executable, "-c", f"RATE, FLAGGED = {rate_hz}, {flagged}\n" + BEGIN + script)
    return Microphone("thing", MonotonicClock(), command=command)


def read_all(source: Microphone, seconds: float) -> list[Samples]:
    blocks: list[Samples] = []

    def enough() -> bool:
        block = source.read()
        if block is not None:
            blocks.append(block)
        return sum(len(block.samples) for block in blocks) >= seconds * 16_000

    assert until(enough, 20, every_s=0)
    return blocks


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000, 8_000])
@pytest.mark.parametrize("flagged", [None, 100])
def test_sound_of_any_rate_becomes_16_khz(rate_hz: int, flagged: int | None) -> None:
    source = microphone(OPENED + SOUND + WAIT, rate_hz, flagged)
    source.open()
    assert source.name == "a thing"
    blocks = read_all(source, 3.9)
    overflows = flagged is not None
    assert source.health.drops == overflows
    source.close()
    samples = np.concatenate([block.samples for block in blocks])
    peak_hz = np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples)
    assert peak_hz == pytest.approx(1000, abs=2)
    steps_ms = np.diff([block.time_ns for block in blocks[1:]]) / 1e6
    longer_ms = steps_ms[np.abs(steps_ms - 20) >= 0.01]
    assert longer_ms == pytest.approx([100] * overflows, abs=0.01), "held back until the clock is set anew"


def test_a_failure_is_told_in_its_own_words() -> None:
    source = microphone('say(b"F", b"there is no microphone")\n')
    with pytest.raises(SourceError, match="there is no microphone"):
        source.open()
    source.close()


def test_a_process_that_dies_is_a_failure() -> None:
    source = microphone(OPENED)
    source.open()
    with pytest.raises(SourceError, match="has ended"):
        until(lambda: source.read() is not None, 5, every_s=0)
    source.close()
    with pytest.raises(SourceError, match="is not open"):
        source.read()


def test_a_process_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENS_WITHIN_S", 0.2)
    source = microphone(WAIT)
    with pytest.raises(SourceError, match="does not answer"):
        source.open()
    source.close()


def test_silence_of_the_process_is_no_block() -> None:
    source = microphone(OPENED + WAIT)
    source.open()
    assert source.read() is None
    source.close()


def test_it_is_found_again_by_the_name_it_had() -> None:
    source = microphone(
        'say(b"O", json.dumps({"name": sys.argv[-1] + "!", "rate_hz": RATE}).encode())\n' + WAIT
    )
    source.open()
    source.open()
    assert source.name == "thing!!"
    source.close()
