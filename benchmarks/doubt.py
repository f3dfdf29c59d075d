"""What words that were hardly heard cost, and what it gains to take them for missing.

python -m benchmarks.doubt --data DIR [--engine tiny.en]

Talk is recognised clean and in white noise, and judged by its text alone: the true transcript, all words that
were heard, those below a bound of confidence masked out as a session does, those left out altogether, and
utterances dropped whose mean confidence is below the bound. The error is the distance of the score from that
of the true transcript. The bound is chosen on every other speaker, by the mean error over sets and noises;
the table is of the others, with a session's own bound too, and with how much less than that of all words the
error is (95 % by resampling talks). Sentences are spoken by espeak-ng, each voice of which is a speaker:
lines of dialogue, reviews, blogs and events. Clips and GRID are too few to choose on.
"""

import argparse
import csv
import gzip
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import speech
from benchmarks.speech import SEED, Talk, noisy, opened, utterances
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.stream.clips.job import Job, instant_window
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Words
from fsrf_live.stream.flow.records import Label, Reading
from fsrf_live.stream.reading.loading import EngineChoice, load_analyst
from fsrf_live.stream.speech.recogniser import Recogniser, utterance_of
from fsrf_live.stream.windows.presence import TRUSTED
from fsrf_live.tools.corpora.synthetic_voices import LANGUAGES, THROATS, spoken

SPOKEN, SPOKEN_WORDS, ACTED = 300, range(5, 17), 120
TEXTS = ("meld_dev", "dynasent", "emobank", "events")
NOISES = (None, 10)
BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
RESAMPLED = 2000
VOICES = list(product(LANGUAGES, THROATS))


@dataclass(frozen=True, slots=True)
class Case:
    """What was heard of a talk; `chooses` if the bound is chosen on it."""

    truth: str
    heard: Words
    chooses: bool


def talks(data: Path) -> Iterator[tuple[str, list[tuple[Talk, bool]]]]:
    """The sets that are there: name, and talks, each with whether the bound is chosen on it."""
    said = sentences(data)
    yield (
        "sentences",
        [(Talk(voiced(text, n), text), n % len(VOICES) % 2 == 0) for n, text in enumerate(said)],
    )
    acted = speech.voices(data, "ravdess", ACTED)
    yield "ravdess", [(Talk(s, row["transcript"]), int(row["speaker"][-2:]) % 4 < 2) for row, s in acted]
    few = (given for name, _, given in speech.talks(data) if name in ("clips", "grid"))
    yield "clips, GRID", [(talk, False) for given in few for talk in given]


def sentences(data: Path) -> list[str]:
    """Held-out sentences that can be spoken."""
    found: set[str] = set()
    for name in TEXTS:
        with gzip.open(data / "text" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row.get("split", "dev") == "dev"]
        found |= {row["text"].replace("\u2019", "'") for row in rows}
    fit = sorted(
        t for t in found if t.isascii() and len(t.split()) in SPOKEN_WORDS and not set(t) & set("[]_*@#/<>")
    )
    return random.Random(SEED).sample(fit, SPOKEN)


def voiced(text: str, number: int) -> NDArray[np.float32]:
    """A sentence in one of many synthetic voices."""
    from soundfile import read

    rng = random.Random(number)
    voice = "+".join(VOICES[number % len(VOICES)])
    sound, rate = read(
        io.BytesIO(spoken(text, voice, rng.randint(130, 180), rng.randint(30, 70))), dtype="float32"
    )
    at = np.arange(round(len(sound) * SAMPLE_RATE_HZ / rate)) * rate / SAMPLE_RATE_HZ
    return np.asarray(np.interp(at, np.arange(len(sound)), sound), np.float32)


def heard(sound: NDArray[np.float32], engine: Recogniser) -> Words:
    """All that is understood of some sound, as one piece."""
    words = [w for part in utterances(sound) for w in engine.transcribe(part.samples, part.time_ns)]
    return utterance_of(words, 0, 1)


Way = Callable[[Words, float], Words]


def all_of(words: Words, bound: float) -> Words:
    """Every word counts."""
    return replace(words, confidences=(1.0,) * len(words.said))


def masked(words: Words, bound: float) -> Words:
    """As a session does, if this were its bound."""
    return replace(words, confidences=tuple(float(confidence >= bound) for _, confidence in words.said))


def left_out(words: Words, bound: float) -> Words:
    """What is below the bound was not said."""
    kept = [word for word, confidence in words.said if confidence >= bound]
    return replace(words, text=" ".join(kept), confidences=(1.0,) * len(kept))


def dropped(words: Words, bound: float) -> Words:
    """Nothing was said if the mean confidence is below the bound."""
    return all_of(words, bound) if words.confidence >= bound else Words(0, 1, "", 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores ``[n]``, labels, and the width of the intervals ``[n]``."""

    scores: NDArray[np.float64]
    labels: tuple[Label, ...]
    widths: NDArray[np.float64]


class Judge:
    """What texts alone read as; the same text is read once."""

    def __init__(self) -> None:
        choice = EngineChoice("auto", default_checkpoint())
        self._analyst = load_analyst(choice, MonotonicClock(), warm_text=True)
        self._known: dict[Words, Reading] = {}

    def of(self, texts: Sequence[Words]) -> Judged:
        """What each says; nothing at all is judged as it is without any evidence."""
        for text in texts:
            if text not in self._known:
                self._known[text] = self._analyst.read(instant_window(0, (text,), (), Job()))
        readings = [self._known[text] for text in texts]
        return Judged(
            np.array([reading.score for reading in readings]),
            tuple(reading.label for reading in readings),
            np.array([reading.high - reading.low for reading in readings]),
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Mean and root mean square error of the score, share of labels changed, mean width of the interval.

    `gain` is how much less the mean error is than that of all words, with its 95 % interval.
    """

    mean: float
    square: float
    changed: float
    width: float
    gain: tuple[float, float, float]


def compared(found: Judged, every: Judged, truth: Judged, rows: NDArray[np.bool_]) -> Figures:
    """The figures of some of the rows, beside `every` word."""
    errors = np.abs(found.scores - truth.scores)[rows]
    gains = np.abs(every.scores - truth.scores)[rows] - errors
    drawn = np.random.default_rng(SEED).integers(len(gains), size=(RESAMPLED, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), (2.5, 97.5))
    changed = np.array([one != other for one, other in zip(found.labels, truth.labels, strict=True)])
    return Figures(
        float(errors.mean()),
        float(np.sqrt(np.square(errors).mean())),
        float(changed[rows].mean()),
        float(found.widths[rows].mean()),
        (float(gains.mean()), float(low), float(high)),
    )


Half = dict[tuple[str, float], Figures]
"""Figures of each way and bound."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One set in one noise: figures of the half that chooses, if it has any talks, and of the rest."""

    name: str
    talks: int
    choosing: Half | None
    rest: Half


WAYS: dict[str, Way] = {"masked": masked, "left out": left_out, "dropped": dropped}


def tried(name: str, cases: Sequence[Case], judge: Judge) -> Compared:
    """Every way at every bound."""
    truth = judge.of([Words(0, 1, case.truth) for case in cases])
    every = judge.of([all_of(case.heard, 0.0) for case in cases])
    found = {("all words", 0.0): every}
    for way, change in WAYS.items():
        found |= {(way, bound): judge.of([change(case.heard, bound) for case in cases]) for bound in BOUNDS}

    def half(rows: NDArray[np.bool_]) -> Half:
        return {key: compared(one, every, truth, rows) for key, one in found.items()}

    chooses = np.array([case.chooses for case in cases])
    return Compared(name, int((~chooses).sum()), half(chooses) if chooses.any() else None, half(~chooses))


def best(results: Sequence[Compared], way: str) -> float:
    """The bound with the least mean error on the choosing half; every set and noise counts the same."""
    halves = [result.choosing for result in results if result.choosing is not None]
    whole = [half["all words", 0.0].mean for half in halves]
    errors = {
        bound: float(np.mean([half[way, bound].mean / of for half, of in zip(halves, whole, strict=True)]))
        for bound in BOUNDS
    }
    told = "  ".join(f"{bound:.1f}: {ratio:.3f}" for bound, ratio in errors.items())
    print(f"{way}, error beside that of all words on the choosing half, by bound: {told}")
    return min(BOUNDS, key=lambda bound: errors[bound])


def line(result: Compared, way: str, bound: float) -> str:
    """One line of the table."""
    f = result.rest[way, bound]
    words = f"{way}, {bound:.1f}" if bound else way
    gain, low, high = f.gain
    return (
        f"{result.name:16} {result.talks:5}  {words:14} {f.mean:10.3f} {f.square:6.3f}"
        f" {100 * f.changed:12.1f} %  {f.width:8.2f}  {gain:+.3f} [{low:+.3f}, {high:+.3f}]"
    )


def main() -> None:
    """Print how the bounds were chosen, then a line for each set, noise and way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with text/, clips/ and audio/")
    parser.add_argument("--engine", default="tiny.en")
    args = parser.parse_args()
    engine = opened(args.engine, "en")
    assert engine is not None
    judge = Judge()
    results = []
    for name, given in talks(args.data):
        for level in NOISES:
            sounds = [
                t.samples if level is None else noisy(t.samples, n, level) for n, (t, _) in enumerate(given)
            ]
            cases = [
                Case(talk.truth, heard(sound, engine), chooses)
                for sound, (talk, chooses) in zip(sounds, given, strict=True)
            ]
            results.append(tried(f"{name} {f'{level} dB' if level else 'clean'}", cases, judge))
    shown = [("all words", 0.0), ("masked", TRUSTED), *((way, best(results, way)) for way in WAYS)]
    print("set              talks  words           error, mean    rms  label changed  interval  gain")
    for result in results:
        for way, bound in dict.fromkeys(shown):
            print(line(result, way, bound))


if __name__ == "__main__":
    main()
