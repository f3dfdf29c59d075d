"""What the guards of speech recognition keep out: words in sounds without speech, loops, wordless voices.

python -m benchmarks.guards [--data DIR] [--engine tiny.en]

Sounds are made here, as loud as speech, and given both by way of our own voice activity, as a session does,
and past it. With a data folder also its voices without words, its recorded noise, an hour of its talk; and
of coughs, laughter, words and sentences, how many utterances then count as speech.
"""

import argparse
import csv
import gzip
import io
import random
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from benchmarks.speech import BLOCK, SEED, SILENCE_S, opened, plain
from fsrf_live.stream.clips.transcription import utterances
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.recognition import Utterance
from fsrf_live.stream.windows.wordless import is_speech

Sound = NDArray[np.float32]

LOUDNESS = 0.05
"""Root mean square of full scale, as of speech at a usual microphone."""
SOUND_S, NOISE_S, TALK_S = 5.0, 600.0, 3600.0
PAUSES_S = 0.1, 1.0
"""Between two talks: the shorter ones do not end an utterance, so that some last as long as one may."""
TALKS = ("voxceleb", "ami", "tess", "ravdess")
SPOKEN = ("nonverbal", "emogator", "fsdd", "emospeech", "tess", "ravdess", "nemo", "ased")
"""The first two are no speech; the last two are in languages that tiny.en does not know."""
SPOKEN_CLIPS = 150
MOST_WORDS_PER_S, MOST_TIMES = 6.0, 4
"""What counts as a loop: more words than anybody says, or the same ones again and again in a row."""


def seconds(length_s: float) -> NDArray[np.float64]:
    """The time of each sample."""
    return np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def coloured(rng: np.random.Generator, slope: float, low_hz: float = 20, high_hz: float = 8000) -> Sound:
    """Noise in a band, whose power falls with the frequency to this power."""
    at = seconds(SOUND_S)
    spectrum = np.fft.rfft(rng.normal(size=len(at)))
    hz = np.fft.rfftfreq(len(at), 1 / SAMPLE_RATE_HZ)
    inside = (hz >= low_hz) & (hz <= high_hz)
    return np.fft.irfft(spectrum * inside * np.maximum(hz, 1) ** (-slope / 2), len(at)).astype(np.float32)


def tones(*hertz: float) -> Sound:
    """Steady tones together."""
    return np.asarray(np.sum([np.sin(2 * np.pi * hz * seconds(SOUND_S)) for hz in hertz], axis=0), np.float32)


def struck(rng: np.random.Generator, starts_s: Iterable[float], shape: Callable[[], Sound]) -> Sound:
    """Short sounds that begin at these moments."""
    sound = np.zeros(round(SOUND_S * SAMPLE_RATE_HZ), np.float32)
    for start_s in starts_s:
        first, one = round(start_s * SAMPLE_RATE_HZ), shape()
        sound[first : first + len(one)] += one[: len(sound) - first] * rng.uniform(0.6, 1.0)
    return sound


def dying(sound: Sound, after_s: float) -> Sound:
    """A sound that dies away by a factor of e in so many seconds."""
    at = np.arange(len(sound)) / SAMPLE_RATE_HZ
    return np.asarray(sound * np.exp(-at / after_s), np.float32)


def burst(rng: np.random.Generator, length_s: float, after_s: float) -> Sound:
    """A burst of noise that dies away."""
    return dying(rng.normal(size=round(length_s * SAMPLE_RATE_HZ)).astype(np.float32), after_s)


def note(hz: float, length_s: float, harmonics: int = 6, vibrato: float = 0.0) -> Sound:
    """A note of an instrument."""
    at = seconds(length_s)
    phase = 2 * np.pi * hz * at + vibrato * np.sin(2 * np.pi * 5.5 * at)
    return np.asarray(np.sum([np.sin(n * phase) / n for n in range(1, harmonics + 1)], axis=0), np.float32)


def moments(rng: np.random.Generator, per_s: float) -> list[float]:
    """Random moments, so many a second."""
    return sorted(rng.uniform(0, SOUND_S - 0.05, round(per_s * SOUND_S)).tolist())


def melody(rng: np.random.Generator) -> Sound:
    """Notes of a pentatonic scale, with vibrato."""
    scale = [440 * 2 ** (step / 12) for step in (0, 2, 4, 7, 9, 12)]
    return np.concatenate(
        [dying(note(rng.choice(scale), 0.5, 4, 0.4), 0.6) for _ in range(round(SOUND_S * 2))]
    )


def chords(rng: np.random.Generator) -> Sound:
    """Three notes together, four times."""
    roots = (131, 175, 196, 131)
    each = SOUND_S / len(roots)
    return np.concatenate(
        [dying(note(r, each) + note(r * 1.26, each) + note(r * 1.5, each), 0.8) for r in roots]
    )


def swelling(sound: Sound, hz: float) -> Sound:
    """A sound that comes and goes so many times a second."""
    return np.asarray(sound * np.sin(np.pi * hz * seconds(SOUND_S)) ** 2, np.float32)


SOUNDS: dict[str, Callable[[np.random.Generator], Sound]] = {
    "white noise": lambda rng: coloured(rng, 0),
    "pink noise": lambda rng: coloured(rng, 1),
    "rumble": lambda rng: coloured(rng, 2, high_hz=400),
    "fan": lambda rng: coloured(rng, 1, high_hz=1500) + 0.002 * tones(120, 240),
    "rain": lambda rng: struck(rng, moments(rng, 400), lambda: burst(rng, 0.01, 0.002)),
    "breath": lambda rng: swelling(coloured(rng, 1, 300, 4000), 0.35),
    "mains hum": lambda rng: tones(50, 100, 150, 250),
    "tone": lambda rng: tones(1000),
    "siren": lambda rng: np.sin(
        2 * np.pi * np.cumsum(900 + 300 * np.sin(np.pi * seconds(SOUND_S))) / SAMPLE_RATE_HZ
    ).astype(np.float32),
    "beeps": lambda rng: struck(rng, np.arange(0, SOUND_S, 0.5).tolist(), lambda: note(1500, 0.12, 1)),
    "clicks": lambda rng: struck(rng, moments(rng, 3), lambda: burst(rng, 0.005, 0.001)),
    "keyboard": lambda rng: struck(rng, moments(rng, 7), lambda: burst(rng, 0.04, 0.008)),
    "knocks": lambda rng: struck(rng, (0.5, 0.8, 1.1, 3.0, 3.3, 3.6), lambda: dying(note(90, 0.2, 3), 0.04)),
    "melody": melody,
    "chords": chords,
}


def as_loud_as_speech(sound: Sound) -> Sound:
    """The sound at the loudness of speech, not clipped."""
    level = float(np.sqrt(np.mean(np.square(sound)))) or 1.0
    return np.asarray(np.clip(sound * (LOUDNESS / level), -1, 1), np.float32)


def made(kind: str) -> Sound:
    """A sound of a kind, always the same."""
    return as_loud_as_speech(SOUNDS[kind](np.random.default_rng(list(SOUNDS).index(kind))))


@dataclass(slots=True)
class Heard:
    """Of some sound: utterances that voice activity let through, those that gave words, words, loops."""

    seconds: float = 0.0
    utterances: int = 0
    with_words: int = 0
    words: int = 0
    loops: int = 0

    def add(self, utterance: Utterance, engine: Recogniser) -> list[str]:
        """Count one more utterance, and give its words."""
        said = plain(" ".join(w.text for w in engine.transcribe(utterance.samples, utterance.time_ns)), "en")
        self.utterances += 1
        self.with_words += bool(said)
        self.words += len(said)
        self.loops += is_loop(said, len(utterance.samples) / SAMPLE_RATE_HZ)
        return said

    def line(self, name: str) -> str:
        """For people."""
        return (
            f"{name:34} {self.seconds:7.0f} s  {self.utterances:5} utterances  {self.with_words:5} with words"
            f"  {self.words:6} words  {self.loops:3} loops"
        )


def is_loop(words: list[str], length_s: float) -> bool:
    """Whether there are more words than anybody says, or the same ones `MOST_TIMES` in a row."""
    again = any(
        words[at : at + n] * MOST_TIMES == words[at : at + n * MOST_TIMES]
        for n in range(1, len(words) // MOST_TIMES + 1)
        for at in range(len(words) - n * MOST_TIMES + 1)
    )
    return again or len(words) > max(3.0, MOST_WORDS_PER_S * length_s)


def heard(sounds: Iterable[Sound], engine: Recogniser, show: bool = False) -> Heard:
    """What a session hears of a stream of sound."""
    result = Heard()

    def blocks() -> Iterator[Samples]:
        rest, at = np.zeros(0, np.float32), 0
        for sound in sounds:
            rest = np.concatenate([rest, sound])
            while len(rest) >= BLOCK:
                yield Samples(at * NS // SAMPLE_RATE_HZ, rest[:BLOCK])
                rest, at = rest[BLOCK:], at + BLOCK
        result.seconds = at / SAMPLE_RATE_HZ

    for utterance in utterances(blocks(), ProsodyVoiceExtractor()):
        said = result.add(utterance, engine)
        if said and show:
            print(f"    {utterance.time_ns / NS:7.1f} s: {' '.join(said)}")
    return result


def past_voice_activity(sound: Sound, engine: Recogniser) -> Heard:
    """What the recogniser itself makes of a sound."""
    result = Heard(len(sound) / SAMPLE_RATE_HZ)
    result.add(Utterance(0, sound, round(result.seconds * NS), open=False), engine)
    return result


def counted_as_speech(data: Path, corpus: str, engine: Recogniser) -> str:
    """How many utterances of some clips of a corpus count as speech, once they have been recognised."""
    shortest_ns = round(WindowSettings().wordless_s * NS)
    found = speech = 0
    for sound in islice(packed(data, [corpus]), SPOKEN_CLIPS):
        clip = np.concatenate([sound, np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32)])
        starts = range(0, len(clip) - BLOCK + 1, BLOCK)
        blocks = (Samples(at * NS // SAMPLE_RATE_HZ, clip[at : at + BLOCK]) for at in starts)
        hops = ProsodyVoiceExtractor().push(Samples(0, clip))
        for utterance in utterances(blocks, ProsodyVoiceExtractor()):
            since_ns, to_ns = utterance.time_ns, utterance.spoken_to_ns
            assert to_ns is not None
            words = utterance.understood(engine)
            speechlike = fmean(hop.speechlike for hop in hops if since_ns <= hop.time_ns < to_ns)
            found += 1
            speech += is_speech([words], speechlike, to_ns - since_ns, shortest_ns)
    return f"{corpus:12} {speech:4} of {found:4} utterances count as speech"


def packed(data: Path, corpora: Sequence[str]) -> Iterator[Sound]:
    """The sounds of some corpora, shuffled."""
    from soundfile import read

    rows = []
    for manifest in sorted((data / "audio").glob("manifest*.csv.gz")):
        with gzip.open(manifest, "rt", encoding="utf-8") as file:
            rows += [row for row in csv.DictReader(file) if row["corpus"] in corpora]
    rows.sort(key=lambda row: row["file"])
    random.Random(SEED).shuffle(rows)
    with ExitStack() as stack:
        archives = {
            corpus: stack.enter_context(tarfile.open(data / "audio" / f"{corpus}.tar")) for corpus in corpora
        }
        for row in rows:
            member = archives[row["corpus"]].extractfile(row["file"])
            assert member is not None
            yield read(io.BytesIO(member.read()), dtype="float32")[0]


def lasting(sounds: Iterable[Sound], length_s: float) -> Iterator[Sound]:
    """Sounds one after the other, until that is so long."""
    left = round(length_s * SAMPLE_RATE_HZ)
    for sound in sounds:
        yield sound[:left]
        left -= len(sound)
        if left <= 0:
            return


def paused(sounds: Iterable[Sound]) -> Iterator[Sound]:
    """Sounds with silence between them."""
    rng = np.random.default_rng(SEED)
    for sound in sounds:
        yield sound
        yield np.zeros(round(rng.uniform(*PAUSES_S) * SAMPLE_RATE_HZ), np.float32)


def main() -> None:
    """Print a line for each kind of sound as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with audio/")
    parser.add_argument("--engine", default="tiny.en")
    args = parser.parse_args()
    engine = opened(args.engine, "en")
    assert engine is not None
    for kind in SOUNDS:
        print(heard([made(kind)], engine).line(kind), flush=True)
        print(past_voice_activity(made(kind), engine).line(f"{kind}, past voice activity"), flush=True)
    steady = [made(kind) for kind in ("white noise", "pink noise", "rumble", "fan")]
    print(heard(lasting(cycle(steady), NOISE_S), engine).line("10 minutes of noise, made"), flush=True)
    if args.data is None:
        return
    noise = cycle(list(packed(args.data, ["noise"])))
    print(heard(lasting(noise, NOISE_S), engine, show=True).line("10 minutes of noise, recorded"), flush=True)
    bursts = paused(packed(args.data, ["nonverbal"]))
    print(heard(bursts, engine, show=True).line("voices without words"), flush=True)
    talk = lasting(paused(packed(args.data, TALKS)), TALK_S)
    print(heard(talk, engine).line("an hour of talk"), flush=True)
    for corpus in SPOKEN:
        print(counted_as_speech(args.data, corpus, engine), flush=True)


if __name__ == "__main__":
    main()
