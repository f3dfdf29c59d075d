"""Live speech: how soon the words of talk that plays in real time are there, and what they cost.

python -m benchmarks.live_speech [--data DIR] [--each N] [--every S]

N utterances of about 3 s and N of about 10 s, with 1.5 s of a quiet room behind each, are the microphone of a
session whose camera is the demo in a loop. The talk is joined of the clips of the data, or else spoken by
espeak-ng. Three sessions, each in a process of its own: without recognition, with it, and with words while
somebody speaks. Times are those at which the core has words or has made a reading; a dashboard shows them
0.17 s later at most. An utterance ends where its last voice was heard; its pause is known 0.24 s later, and
it closes after 0.6 s. What the words of a pause wait for is the recogniser, which may be busy with a draft.
"""

import argparse
import itertools
import multiprocessing
import resource
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.speech import DEMO, plain, sound_of, talks
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, MonotonicClock, Pair
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Closed, Words
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Reading, Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.live.opening import ASR, Wanted, sources_of
from fsrf_live.stream.live.parts import Makers
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.loading import EngineChoice, load_analyst, make_faces, make_voices
from fsrf_live.stream.speech.opening import open_recogniser
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.recognition import PAUSE_NS
from fsrf_live.stream.windows.window import Window
from fsrf_live.tools.corpora.synthetic_voices import spoken
from fsrf_live.tools.shell.memory import share_pool

LENGTHS_S = (3.0, 10.0)
PIECE_GAP_S, SILENCE_S, ROOM_NOISE = 0.12, 1.5, 0.0008
WARM_UP_S = 3.0
BEFORE_END_NS = NS // 2
VOICES = (("en-us", 150), ("en-gb+f2", 180), ("en-us+f3", 165))
SAID = (
    "I really enjoyed the film last night",
    "the train was late again and it rained",
    "we should go there together some day",
    "nobody told me that the shop was closed",
    "this is the best coffee in the whole town",
    "my brother lost his keys at the station",
    "she told us a long and wonderful story",
    "the food was cold and much too expensive",
    "I cannot believe that you did that for me",
    "tomorrow we have to get up very early",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one utterance: its length and, in seconds after its end, when what was there.

    `words_s`: words that hold; `text_s`: a final reading with text. `waited_s`: how long its pause waited for
    the recogniser. `in_first`: the first final reading has the text. `shown` and `agreed`: the share of its
    words that were right on the screen half a second before its end.
    """

    seconds: float
    waited_s: float
    words_s: float
    text_s: float
    in_first: bool
    shown: float
    agreed: float


@dataclass(frozen=True, slots=True)
class Decode:
    """One call of the recogniser: which sound it got, when it began, and how long it took."""

    start_ns: int
    seconds: float
    began_ns: int
    took_s: float
    draft: bool


@dataclass(frozen=True, slots=True)
class Run:
    """What one session gave and cost; times in seconds."""

    utterances: list[Heard]
    unheard: int
    decodes: list[Decode]
    cpu: float
    memory_mb: float
    first_s: float


@dataclass(slots=True)
class Notes:
    """The journal of a session: when the core had words and ends of utterances, and when it read windows."""

    clock: Clock
    words: list[tuple[int, Words]] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    windows: list[tuple[int, Window]] = field(default_factory=list)
    _window: Window | None = None

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Nothing to record."""

    def epoch(self, epoch_ns: int) -> None:
        """Nothing to record."""

    def pair(self, pair: Pair) -> None:
        """Nothing to record."""

    def op(self, op: InboxItem) -> None:
        """Keep words and ends of utterances."""
        if isinstance(op, Words):
            self.words.append((self.clock.now_ns(), op))
        elif isinstance(op, Closed):
            self.closed.append(op)

    def advance(self, now_ns: int) -> None:
        """Nothing to record."""

    def read(self, window: Window, begun_ns: int) -> None:
        """Keep what is read now."""
        self._window = window

    def record(self, record: Record) -> None:
        """Keep when a reading was made."""
        if isinstance(record, Reading) and self._window is not None:
            self.windows.append((self.clock.now_ns(), self._window))

    def finish(self, now_ns: int) -> None:
        """Nothing to record."""

    def close(self) -> None:
        """Nothing to release."""


class Timed:
    """A recogniser whose work is timed."""

    def __init__(self, inner: Recogniser, clock: Clock, decodes: list[Decode]) -> None:
        self._inner = inner
        self._clock = clock
        self._decodes = decodes
        self.name, self.languages = inner.name, inner.languages

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        """See `Recogniser`."""
        began_ns = self._clock.now_ns()
        words = self._inner.transcribe(samples, start_ns, draft=draft)
        took_s = (self._clock.now_ns() - began_ns) / NS
        self._decodes.append(Decode(start_ns, len(samples) / SAMPLE_RATE_HZ, began_ns, took_s, draft))
        return words

    def close(self) -> None:
        """Release it."""
        self._inner.close()


def pieces(data: Path | None) -> Iterator[NDArray[np.float32]]:
    """Sentences without the silence around them."""
    sounds = synthetic() if data is None else human(data)
    for sound in sounds:
        loud = np.flatnonzero(np.abs(sound) > 0.05 * np.abs(sound).max())
        yield sound[loud[0] : loud[-1] + 1]


def human(data: Path) -> Iterator[NDArray[np.float32]]:
    """The talk of the clips."""
    for name, _, said in talks(data):
        if name in ("clips", "grid"):
            yield from (each.samples for each in said)


def synthetic() -> Iterator[NDArray[np.float32]]:
    """The sentences in voices of espeak-ng."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "sentence.wav"
        for (voice, speed), text in itertools.product(VOICES, SAID):
            path.write_bytes(spoken(text, voice, speed, 50))
            yield sound_of(path)


def talk(data: Path | None, each: int) -> NDArray[np.float32]:
    """Utterances of each length in turn, in a quiet room."""
    said = list(pieces(data))
    gap = np.zeros(round(PIECE_GAP_S * SAMPLE_RATE_HZ), np.float32)
    parts, at = [np.zeros(SAMPLE_RATE_HZ, np.float32)], 0
    for _ in range(each):
        for length_s in LENGTHS_S:
            room = round((length_s + 0.7) * SAMPLE_RATE_HZ)
            while True:
                piece = said[at % len(said)]
                parts += [piece, gap]
                room -= len(piece) + len(gap)
                at += 1
                if room < len(said[at % len(said)]):
                    break
            parts.append(np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32))
    whole = np.concatenate(parts)
    return whole + ROOM_NOISE * np.random.default_rng(1).standard_normal(len(whole), np.float32)


def written(sound: NDArray[np.float32], path: Path) -> None:
    """Write 16-bit sound."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def played(mic: Path, every_s: float | None, seconds: float) -> Run:
    """A session that hears the sound in real time."""
    share_pool()
    clock, decodes = MonotonicClock(), list[Decode]()
    notes = Notes(clock)
    wanted = Wanted(
        None,
        str(mic),
        "none" if every_s is None else ASR,
        DEMO,
        loop=True,
        recogniser=None if every_s is None else lambda: Timed(open_recogniser(), clock, decodes),
    )
    choice = EngineChoice("auto", default_checkpoint())
    makers = Makers(lambda: load_analyst(choice, clock, warm_text=True), make_faces, make_voices)
    windows = WindowSettings(words_every_s=every_s or 0.0)
    session = LiveSession(
        sources_of(wanted, clock), makers, clock, windows=windows, journal=notes, duration_s=seconds
    )
    began_ns = clock.now_ns()
    session.start()
    while not notes.windows and not session.wait(0.05):
        pass
    session.wait(WARM_UP_S)
    cpu_s, since_ns = time.process_time(), clock.now_ns()
    session.wait()
    cpu = (time.process_time() - cpu_s) * NS / (clock.now_ns() - since_ns)
    session.stop()
    heard = [became(each, notes, decodes) for each in notes.closed]
    known = [each for each in heard if each is not None]
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first_s = (notes.windows[0][0] - began_ns) / NS
    return Run(known, len(heard) - len(known), decodes, cpu, memory_mb, first_s)


def became(closed: Closed, notes: Notes, decodes: Sequence[Decode]) -> Heard | None:
    """What became of an utterance; None if nothing of it was understood."""
    here = [(at, words) for at, words in notes.words if closed.start_ns <= words.start_ns < closed.end_ns]
    held = [at for at, w in here if w.text and (not w.provisional or w.spoken_to_ns == closed.end_ns)]
    finals = [(at, w) for at, w in notes.windows if w.final and w.end_ns == closed.end_ns]
    with_text = [(at, w) for at, w in finals if w.words]
    if not held or not with_text:
        return None
    asked_ns = closed.end_ns + PAUSE_NS
    begun = (
        each.began_ns
        for each in decodes
        if (each.start_ns, each.draft) == (closed.start_ns, False) and each.began_ns > closed.end_ns
    )
    told = " ".join(words.text for words in with_text[-1][1].words)
    before = [words for at, words in here if at <= closed.end_ns - BEFORE_END_NS]
    text, agreed = (before[-1].text, before[-1].agreed or 0) if before else ("", 0)
    return Heard(
        (closed.end_ns - closed.start_ns) / NS,
        (next(begun, asked_ns) - asked_ns) / NS,
        (held[0] - closed.end_ns) / NS,
        (with_text[0][0] - closed.end_ns) / NS,
        bool(finals[0][1].words),
        share(text, told),
        share(" ".join(text.split()[:agreed]), told),
    )


def share(shown: str, told: str) -> float:
    """Of the words that were told in the end, how many were shown, in their order."""
    words = plain(told, "en")
    matcher = SequenceMatcher(None, plain(shown, "en"), words, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(words))


def spread(values: Sequence[float]) -> str:
    """The median and the 95th percentile of some seconds."""
    return f"{np.median(values):5.2f} {np.quantile(values, 0.95):5.2f}" if len(values) else "    -     -"


HEAD = """\
          in the first  a pause      words after  text after   one           on screen 0.5 s
  length  final reading  waits, s     its end, s   its end, s   decoding, s   before: all, agreed
                         p50   p95    p50   p95    p50   p95    p50   p95"""


def tell(name: str, run: Run) -> None:
    """Print what a session gave."""
    print(f"{name}: {run.cpu:.3f} CPU s/s, {run.memory_mb:.0f} MB at most, first reading {run.first_s:.2f} s")
    for length_s in LENGTHS_S if run.utterances else ():
        some = [each for each in run.utterances if abs(each.seconds - length_s) < 2]
        columns = [
            spread([each.waited_s for each in some]),
            spread([each.words_s for each in some]),
            spread([each.text_s for each in some]),
            spread([each.took_s for each in run.decodes if abs(each.seconds - length_s) < 2]),
            f"{np.mean([each.shown for each in some]):6.0%}",
            f"{np.mean([each.agreed for each in some]):6.0%}",
        ]
        first = f"{sum(each.in_first for each in some)} of {len(some)}"
        print(f"  {length_s:4.0f} s {first:>12}", *columns, sep="  ", flush=True)
    if run.unheard:
        print(f"  of {run.unheard} utterances nothing was understood")


def main() -> None:
    """Play the talk three times, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with clips/, for human voices")
    parser.add_argument("--each", type=int, default=10, help="utterances of each length (default: 10)")
    parser.add_argument(
        "--every", type=float, default=1.0, help="how often while speaking, in s (default: 1)"
    )
    args = parser.parse_args()
    sound = talk(args.data, args.each)
    seconds = len(sound) / SAMPLE_RATE_HZ
    print(HEAD)
    with tempfile.TemporaryDirectory() as name:
        mic = Path(name) / "talk.wav"
        written(sound, mic)
        modes = {"without recognition": None, "recognition": 0.0, f"and each {args.every:g} s": args.every}
        for mode, every_s in modes.items():
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
                tell(mode, alone.submit(played, mic, every_s, seconds).result())


if __name__ == "__main__":
    main()
