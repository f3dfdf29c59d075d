"""Speech recognition: words wrong, time taken, and labels changed, of clean speech and in white noise.

python -m benchmarks.speech --data DIR [--engines tiny.en,base,pocketsphinx]

Every engine hears the same utterances, cut by our own voice activity with 1.2 s of silence behind each talk.
Noise is white, 10 dB below the talk's own speech. Words are compared without case, signs and blanks before
figures, numbers from 0 to 9 as words; the figure in brackets leaves out what differs by blanks alone. A label
is changed if the text alone reads otherwise than the truth: words that are not clear are masked out, and
without any clear word there is no label.
"""

import argparse
import csv
import gzip
import io
import random
import re
import tarfile
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.stream.clips.job import Job, instant_window
from fsrf_live.stream.clips.transcription import utterances as cut_utterances
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples, Words
from fsrf_live.stream.reading.loading import EngineChoice, load_analyst
from fsrf_live.stream.sources.captions import read_captions
from fsrf_live.stream.sources.decoding import decode_samples
from fsrf_live.stream.speech.models import MODELS
from fsrf_live.stream.speech.opening import open_recogniser
from fsrf_live.stream.speech.recogniser import Recogniser, utterance_of
from fsrf_live.stream.speech.recognition import Utterance

DEMO = Path(__file__).parent.parent / "demo" / "demo.mp4"
NOISE_DB = 10
SILENCE_S = 1.2
ACTED, SEED = 40, 1
TOGETHER = 3
"""Words that are compared without blanks: "Blatt Papier" is heard as "Blattpapier"."""
BLOCK = 320

CLIPS = {
    "LJ001-0004.wav": "produced the block books, which were the immediate predecessors of the true printed "
    "book",
    "jfk.flac": "And so, my fellow Americans, ask not what your country can do for you, ask what you can do "
    "for your country",
    "livekit_hello_world.wav": "Hello world",
}
GRID: tuple[dict[str, str], ...] = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {},
    {},
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)
"""What the letters of a file's name say, by their place; a letter and a figure stand for themselves."""
EMODB = {
    "a01": "Der Lappen liegt auf dem Eisschrank",
    "a02": "Das will sie am Mittwoch abgeben",
    "a04": "Heute abend könnte ich es ihm sagen",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück",
    "a07": "In sieben Stunden wird es soweit sein",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen",
}
NUMBERS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody says `truth` in ``samples [n] float32``."""

    samples: NDArray[np.float32]
    truth: str


def talks(data: Path) -> Iterator[tuple[str, str, list[Talk]]]:
    """The sets that are there: name, language, talks."""
    clips = data / "clips"
    if clips.is_dir():
        yield "clips", "en", [Talk(sound_of(clips / name), truth) for name, truth in CLIPS.items()]
        films = sorted((clips / "grid").glob("*.mpg"))
        yield "grid", "en", [Talk(sound_of(film), grid_sentence(film.stem)) for film in films]
    said = " ".join(words.text for words in read_captions(DEMO.with_suffix(".vtt")))
    yield "demo", "en", [Talk(sound_of(DEMO), said)]
    if (data / "audio" / "manifest.csv.gz").is_file():
        yield (
            "ravdess",
            "en",
            [Talk(sound, row["transcript"]) for row, sound in voices(data, "ravdess", ACTED)],
        )
        spoken = [(row["file"].split("_")[1][2:5], sound) for row, sound in voices(data, "emodb", ACTED)]
        yield "emodb", "de", [Talk(sound, EMODB[code]) for code, sound in spoken]


def grid_sentence(name: str) -> str:
    """``bbaf2n`` → bin blue at f 2 now."""
    return " ".join(words.get(letter, letter) for words, letter in zip(GRID, name, strict=True))


def sound_of(path: Path) -> NDArray[np.float32]:
    """The sound of a file."""
    return np.concatenate([block.samples for block in decode_samples(path)])


def voices(data: Path, corpus: str, number: int) -> Iterator[tuple[dict[str, str], NDArray[np.float32]]]:
    """So many utterances of a corpus of acted voices, with their rows of the manifest."""
    from soundfile import read

    with gzip.open(data / "audio" / "manifest.csv.gz", "rt", encoding="utf-8") as file:
        rows = sorted((r for r in csv.DictReader(file) if r["corpus"] == corpus), key=lambda r: r["file"])
    with tarfile.open(data / "audio" / f"{corpus}.tar") as archive:
        for row in random.Random(SEED).sample(rows, number):
            packed = archive.extractfile(row["file"])
            assert packed is not None
            yield row, read(io.BytesIO(packed.read()), dtype="float32")[0]


def utterances(sound: NDArray[np.float32]) -> list[Utterance]:
    """What a session would hand to its recogniser."""
    silence = np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32)
    return list(cut_utterances(blocks_of(np.concatenate([sound, silence])), ProsodyVoiceExtractor()))


def blocks_of(sound: NDArray[np.float32]) -> Iterator[Samples]:
    """The sound in the blocks in which a microphone gives it."""
    for first in range(0, len(sound) - BLOCK + 1, BLOCK):
        yield Samples(first * NS // SAMPLE_RATE_HZ, sound[first : first + BLOCK])


def noisy(sound: NDArray[np.float32], seed: int, level_db: float) -> NDArray[np.float32]:
    """The sound in white noise, so far below its own speech."""
    extractor = ProsodyVoiceExtractor()
    hops = [hop for block in blocks_of(sound) for hop in extractor.push(block)]
    spoken = [sound[hop.time_ns * SAMPLE_RATE_HZ // NS :][:640] for hop in hops if hop.speech >= 0.5]
    level = np.sqrt(np.mean(np.square(np.concatenate(spoken or [sound]))))
    noise = np.random.default_rng(seed).normal(0, level * 10 ** (-level_db / 20), len(sound))
    return np.asarray(sound + noise, np.float32)


def plain(text: str, language: str) -> list[str]:
    """The words of a text as they are compared."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("\u2019", "")
    words = re.sub(r"[^\w]+|_", " ", re.sub(r"(\d)", r" \1 ", text)).split()
    return [NUMBERS[language][int(word)] if word.isdecimal() else word for word in words]


def edits(truth: Sequence[str], heard: Sequence[str], together: int) -> int:
    """The least number of words to change, add or leave out to come from one to the other.

    Up to `together` words are the same as others if they are so without the blanks between them.
    """
    least = [list(range(len(heard) + 1))]
    for first in range(1, len(truth) + 1):
        row = [first]
        for other in range(1, len(heard) + 1):
            same = [
                least[first - many][other - few]
                for many, few in product(range(1, together + 1), repeat=2)
                if many <= first and few <= other
                if "".join(truth[first - many : first]) == "".join(heard[other - few : other])
            ]
            row.append(min([least[-1][other - 1] + 1, least[-1][other] + 1, row[-1] + 1, *same]))
        least.append(row)
    return least[-1][-1]


class Sphinx:
    """PocketSphinx with the model in its wheel, for comparison."""

    name = "pocketsphinx"
    languages = frozenset(["en"])

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder: Any = Decoder(samprate=16_000, loglevel="FATAL", maxhmmpf=3000, maxwpf=10, pl_window=5)

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        """See `Recogniser`; the words have no times of their own."""
        self._decoder.start_utt()
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        said = (segment.word.split("(")[0] for segment in self._decoder.seg())
        return [
            Words(start_ns, start_ns, word) for word in said if word and not word.startswith(("<", "[", "+"))
        ]

    def close(self) -> None:
        """Nothing is held but memory."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one engine on one set: words wrong and all, labels changed and all, and seconds for one of sound.

    `other` words are wrong if it does not count where the blanks between them are.
    """

    wrong: int
    other: int
    words: int
    changed: int
    labels: int
    cpu: float
    wall: float


class Labels:
    """What the text alone reads as."""

    def __init__(self) -> None:
        choice = EngineChoice("auto", default_checkpoint())
        self._analyst = load_analyst(choice, MonotonicClock(), warm_text=True)

    def of(self, texts: Sequence[Words]) -> list[str | None]:
        """A label for each text; None for one of which no word can be relied on."""
        readings = [self._analyst.read(instant_window(0, (text,), (), Job())) for text in texts]
        return [None if r.modalities["text"].state == "missing" else r.label for r in readings]


def scored(
    engine: Recogniser, cut: Sequence[list[Utterance]], truths: Sequence[str], language: str, labels: Labels
) -> Score:
    """Recognise the utterances of each talk, and compare with what was said."""
    cpu, wall = time.process_time(), time.perf_counter()
    heard = [
        utterance_of([w for part in parts for w in engine.transcribe(part.samples, part.time_ns)], 0, 1)
        for parts in cut
    ]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    seconds = sum(len(part.samples) for parts in cut for part in parts) / SAMPLE_RATE_HZ
    pairs = [
        (plain(truth, language), plain(said.text, language))
        for truth, said in zip(truths, heard, strict=True)
    ]
    meant = labels.of([Words(0, 1, truth) for truth in truths]) if language == "en" else []
    read = list(zip(meant, labels.of(heard), strict=True)) if language == "en" else []
    return Score(
        sum(edits(*pair, together=1) for pair in pairs),
        sum(edits(*pair, together=TOGETHER) for pair in pairs),
        sum(len(truth) for truth, _ in pairs),
        sum(before != after for before, after in read),
        len(read),
        cpu / seconds,
        wall / seconds,
    )


def opened(name: str, language: str) -> Recogniser | None:
    """An engine for a language; None if it does not know that."""
    if name == Sphinx.name:
        return Sphinx() if language in Sphinx.languages else None
    return open_recogniser(language, name) if language in MODELS[name].languages else None


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clips/ and audio/")
    parser.add_argument("--engines", default="tiny.en,base,pocketsphinx")
    args = parser.parse_args()
    labels = Labels()
    print("set      noise  engine            words wrong  labels changed   CPU s/s  clock s/s", flush=True)
    for name, language, said in talks(args.data):
        engines = [opened(engine, language) for engine in args.engines.split(",")]
        truths = [talk.truth for talk in said]
        for noise in ("clean", f"{NOISE_DB} dB"):
            sounds = [
                t.samples if noise == "clean" else noisy(t.samples, n, NOISE_DB) for n, t in enumerate(said)
            ]
            cut = [utterances(sound) for sound in sounds]
            for engine in filter(None, engines):
                s = scored(engine, cut, truths, language, labels)
                share = f"{100 * s.wrong / s.words:.1f} % ({100 * s.other / s.words:.1f})"
                changed = f"{s.changed} of {s.labels}"
                print(f"{name:8} {noise:6} {engine.name.removeprefix('whisper '):13} {share:>15}", end="  ")
                print(f"{changed:>14}  {s.cpu:8.3f}  {s.wall:9.3f}", flush=True)


if __name__ == "__main__":
    main()
