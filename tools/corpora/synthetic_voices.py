"""Voices without a mood: sentences of any valence, spoken by espeak-ng in a synthetic voice.

A network that has heard only actors takes the melody of any other voice for a mood. These voices teach it to
rely on words and face if the voice is uninformative.
"""

import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.packs import TONELESS
from fsrf_live.fsrf.data.text import load_corpora
from fsrf_live.tools.corpora.voices import Voice, seeded

LANGUAGES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029")
THROATS = ("f1", "f2", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7")
"""All plain ones of espeak-ng except that of the demo clip."""
SPOKEN = frozenset(["sst5", "vader", "goemotions", "meld", "tweeteval"])
"""Corpora whose sentences they speak."""
_SENTENCES = 12
_WORDS = range(3, 15)
_WORDS_A_MINUTE, _PITCH = (120, 210), (20, 85)


def read_synthetic(data: Path) -> list[Voice]:
    """Each voice speaks a dozen training sentences; raises DataError if they or espeak-ng are missing."""
    rows = load_corpora(data / "text", SPOKEN)
    texts = sorted({row.text for row in rows if row.split == "train" and _plain(row.text)})
    needed = len(LANGUAGES) * len(THROATS) * _SENTENCES
    if len(texts) < needed:
        raise DataError(
            f"{data / 'text'} has {len(texts)} plain training sentences to be spoken, of {needed} that are "
            "needed: get the text corpora again"
        )
    order = iter(seeded(TONELESS).permutation(len(texts)))
    return [voice for name in product(LANGUAGES, THROATS) for voice in _voices("+".join(name), texts, order)]


def _plain(text: str) -> bool:
    return len(text.split()) in _WORDS and text.isascii()


def _voices(name: str, texts: list[str], order: Iterator[np.int64]) -> Iterator[Voice]:
    for number in range(_SENTENCES):
        file = f"{TONELESS}/{name}-{number:02d}.wav"
        rng = seeded(file)
        speed, pitch = int(rng.integers(*_WORDS_A_MINUTE)), int(rng.integers(*_PITCH))
        sound = spoken(texts[next(order)], name, speed, pitch)
        yield Voice(file, TONELESS, name, "none", sound)


def spoken(text: str, voice: str, speed: int, pitch: int) -> bytes:
    """A sentence as a WAV file; `speed` in words a minute, `pitch` from 0 to 99."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", "--", text]
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise DataError(f"espeak-ng cannot speak ({error}): install espeak-ng") from error
