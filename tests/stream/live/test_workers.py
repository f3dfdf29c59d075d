"""When the utterances of a microphone that goes mute or away come to the recogniser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Samples
from fsrf_live.stream.flow.queues import Inbox, Ring
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.live.workers import VoiceWorker
from fsrf_live.stream.speech.recognition import UtteranceCutter, UtteranceQueue
from tests.doubles.fakes import FakeVoices
from tests.doubles.waiting import until

SPOKEN = [Samples(n * NS // 50, np.full(320, 0.5, np.float32)) for n in range(150)]


@contextmanager
def working(blocks: list[Samples], gone_ns: int) -> Iterator[tuple[VoiceWorker, UtteranceQueue]]:
    """A worker to which these blocks came, and word that the microphone was gone from a moment on."""
    ring: Ring[Samples] = Ring(256)
    utterances, over = UtteranceQueue(), threading.Event()
    worker = VoiceWorker(FakeVoices, ring, Inbox(), UtteranceCutter(WindowSettings()), utterances)
    worker.gone(gone_ns)
    for block in blocks:
        ring.put(block)
    thread = threading.Thread(target=lambda: worker.run(over))
    thread.start()
    yield worker, utterances
    over.set()
    thread.join(5)


def test_a_microphone_that_is_gone_ends_the_utterance_there_and_no_later_one() -> None:
    with working(SPOKEN, NS) as (worker, utterances):
        utterance = utterances.take()
        assert utterance is not None
        assert utterance.time_ns == 0
        assert abs(utterance.end_ns - NS) <= NS // 25
        assert until(lambda: worker.empties > 2)
        assert utterances.take() is None, "what is said after it goes on"


def test_a_microphone_that_gives_nothing_more_ends_the_utterance() -> None:
    with working(SPOKEN, 10 * NS) as (_, utterances):
        utterance = utterances.take()
        assert utterance is not None
        assert abs(utterance.end_ns - 3 * NS) <= NS // 25
