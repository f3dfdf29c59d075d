"""Voices of people who are held out as a room, noise or a telephone brings them, to examine intervals by.

Training draws its channels at random; these are fixed, and their noise and echo are made here, so that no
recording of training is among them.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from fsrf_live.tools.corpora.augmentation import Channel, worsened
from fsrf_live.tools.corpora.voices import Heard, Voice, described, pack_of, recorded, seeded
from fsrf_live.tools.shell.parallel import in_parallel

CONDITIONS: Mapping[str, Channel] = {
    "as recorded": Channel(None, None, None, None, 0.0),
    "noise at 10 dB": Channel(None, None, (10.0, 1.0), None, 0.0),
    "noise at 5 dB": Channel(None, None, (5.0, 1.0), None, 0.0),
    "a room of .6 s": Channel(None, 0.6, None, None, 0.0),
    "a telephone": Channel(None, None, None, (300.0, 3400.0, 0.0), 0.0),
}
"""What is done to every voice; the noise is pink."""
_MOST_VOICES = 400
_VOICES_A_TASK = 40


def condition_pack(voices: Sequence[Voice], workers: int) -> dict[str, NDArray[Any]]:
    """Arrays as of ``voices.npz``; the variant of a row is the place of its condition in `CONDITIONS`."""
    held = sorted((v for v in voices if v.split == "test"), key=lambda v: zlib.crc32(v.file.encode()))
    chosen = held[:_MOST_VOICES]
    tasks = [chosen[start : start + _VOICES_A_TASK] for start in range(0, len(chosen), _VOICES_A_TASK)]
    return pack_of([one for part in in_parallel(hear_in_all, tasks, workers, "voices") for one in part])


def hear_in_all(voices: Sequence[Voice]) -> list[Heard]:
    """Features of utterances in each condition."""
    from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor

    extractor = ProsodyVoiceExtractor(own_voice=False)
    heard: list[Heard] = []
    for voice in voices:
        sound = recorded(voice.sound)
        for variant, channel in enumerate(CONDITIONS.values()):
            heard += described(voice, variant, worsened(sound, channel, seeded(voice.file)), extractor)
    return heard
