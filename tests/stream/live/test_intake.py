"""From the sources to the core: nothing that happens to one source holds up another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.faults.spec import FaultBoard
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Change, Closed, Item, Samples, State, VoiceFeatures, Words
from fsrf_live.stream.flow.settings import StallSettings, WindowSettings
from fsrf_live.stream.live.intake import Intake
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.media_recorder import MediaRecorder
from fsrf_live.stream.sources.source import HEALTHY, SourceKind, SourceSpec
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.recognisers import Dictation
from tests.doubles.waiting import until


class Stuck(MediaRecorder):
    """Keeps whoever brings words, and with them the lock of the capture that does, until it is released."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, MonotonicClock())
        self.holds, self.released = threading.Event(), threading.Event()

    def put(self, item: Item) -> None:
        if isinstance(item, Words):
            self.holds.set()
            self.released.wait(20)


class Brittle:
    """A microphone that gives one utterance after the other, and fails each time once the text is held."""

    name = "brittle"
    modality: Modality = "audio"
    health = HEALTHY

    def __init__(self, clock: MonotonicClock, holds: threading.Event) -> None:
        self.opened = 0
        self._now_ns = clock.now_ns()
        self._holds = holds

    def open(self) -> None:
        self.opened += 1

    def read(self) -> Samples:
        if self._holds.wait(0.02):
            raise SourceError("unplugged")
        self._now_ns += 4 * NS
        sound = np.full(4 * 16_000, 0.01, np.float32)
        sound[16_000:32_000] = 0.5
        return Samples(self._now_ns, sound)

    def close(self) -> None:
        """Nothing is held."""


class Once:
    """A microphone that gives one utterance, and nothing more."""

    name = "once"
    modality: Modality = "audio"
    health = HEALTHY

    def __init__(self, clock: MonotonicClock, first: float = 0.01) -> None:
        sound = np.full(4 * 16_000, 0.01, np.float32)
        sound[0] = first
        sound[16_000:32_000] = 0.5
        self._blocks = [Samples(clock.now_ns(), sound)]

    def open(self) -> None:
        """It is always open."""

    def read(self) -> Samples | None:
        return self._blocks.pop() if self._blocks else None

    def close(self) -> None:
        """Nothing is held."""


class Listening(FakeVoices):
    """Keeps what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Samples] = []

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        self.heard.append(samples)
        return super().push(samples)


@contextmanager
def running(intake: Intake) -> Iterator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=work, args=(over,)) for work in intake.work.values()]
    for thread in threads:
        thread.start()
    intake.start()
    try:
        yield
    finally:
        over.set()
        intake.stop()
        for thread in threads:
            thread.join(5)


def test_a_microphone_waits_for_no_lock_of_the_text_that_follows_it(tmp_path: Path) -> None:
    clock, media = MonotonicClock(), Stuck(tmp_path)
    mic = Brittle(clock, media.holds)
    sources = Sources(mic=SourceSpec("device", "audio", "brittle", lambda: mic), recogniser=Dictation)
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    intake = Intake(sources, makers, clock, WindowSettings(), StallSettings(), FaultBoard(), media)
    with running(intake):
        try:
            assert media.holds.wait(20)
            assert until(lambda: mic.opened > 2), "it is opened again while the text is held"
        finally:
            media.released.set()
        changes: list[Change] = []

        def text_is_lost() -> bool:
            changes.extend(item for item in intake.inbox.take_all(0.01) if isinstance(item, Change))
            return any(change.source == "text" and change.state is State.LOST for change in changes)

        assert until(text_is_lost)
    lost = [change.source for change in changes if change.state is State.LOST]
    assert lost.index("mic") < lost.index("text"), "the text follows"


def test_what_is_said_while_the_recogniser_is_loaded_is_recognised() -> None:
    clock, said = MonotonicClock(), threading.Event()

    def load() -> Dictation:
        said.wait(20)
        return Dictation()

    mic = SourceSpec("device", "audio", "once", lambda: Once(clock))
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    sources = Sources(mic=mic, recogniser=load)
    intake = Intake(sources, makers, clock, WindowSettings(), StallSettings(), FaultBoard(), None)

    def came(kind: type[Closed] | type[Words]) -> bool:
        return any(isinstance(item, kind) for item in intake.inbox.take_all(0.01))

    with running(intake):
        try:
            assert until(lambda: came(Closed))
        finally:
            said.set()
        assert until(lambda: came(Words))


@pytest.mark.parametrize("kind", get_args(SourceKind))
def test_whoever_brings_sound_brings_numbers(kind: SourceKind) -> None:
    clock, voices = MonotonicClock(), Listening()
    mic = SourceSpec(kind, "audio", "once", lambda: Once(clock, first=np.nan))
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, lambda: voices)
    intake = Intake(Sources(mic=mic), makers, clock, WindowSettings(), StallSettings(), FaultBoard(), None)
    with running(intake):
        assert until(lambda: bool(voices.heard))
    assert np.isfinite(voices.heard[0].samples).all()
