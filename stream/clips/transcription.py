"""What is said in a file: cut into utterances as it is live, and recognised several at a time."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from fsrf_live.stream.features.extractors import VoiceExtractor
from fsrf_live.stream.flow.items import Change, Samples, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.decoding import decode_samples
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.recognition import Utterance, UtteranceCutter
from fsrf_live.stream.windows.utterances import UtteranceDetector

_AHEAD = 4
"""So many utterances a recogniser may wait: their sound is held."""


def transcribe(
    media: Path, voices: VoiceExtractor, recognisers: Sequence[Recogniser]
) -> Iterator[list[Words]]:
    """The words of each utterance of a file, in order; times count from its start.

    Each recogniser works in a thread of its own. Raises MediaError and SourceError.
    """
    free: SimpleQueue[Recogniser] = SimpleQueue()
    for recogniser in recognisers:
        free.put(recogniser)

    def recognised(utterance: Utterance) -> list[Words]:
        recogniser = free.get()
        try:
            return recogniser.transcribe(utterance.samples, utterance.time_ns)
        finally:
            free.put(recogniser)

    waiting: deque[Future[list[Words]]] = deque()
    with ThreadPoolExecutor(len(recognisers), thread_name_prefix="speech") as pool:
        for utterance in utterances(decode_samples(media), voices):
            waiting.append(pool.submit(recognised, utterance))
            while waiting and (waiting[0].done() or len(waiting) > _AHEAD * len(recognisers)):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def utterances(sound: Iterable[Samples], voices: VoiceExtractor) -> Iterator[Utterance]:
    """The utterances in some sound, as a session would cut them; one that is open ends with the sound."""
    cutter, detector = UtteranceCutter(WindowSettings()), UtteranceDetector(WindowSettings())
    detector.change(Change(0, "mic", State.LIVE, None, None))
    end_ns = 0
    for block in sound:
        cutter.push(block)
        for voice in voices.push(block):
            yield from cutter.cut(detector.push(voice))
        end_ns = block.end_ns
    yield from cutter.cut(detector.change(Change(end_ns, "mic", State.ENDED, None, None)))
