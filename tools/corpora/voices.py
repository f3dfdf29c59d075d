"""Corpora of voices as voice features, as recorded and worsened, split by speaker."""

import csv
import gzip
import io
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import HOLD_S, PRE_ROLL_S
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.features.usual import SPEECH, less_usual, usual_of
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, SAMPLE_RATE_HZ, Samples
from fsrf_live.tools.corpora.augmentation import any_channel, at_rate, worsened
from fsrf_live.tools.corpora.valence import VALENCE, common_name
from fsrf_live.tools.shell.parallel import in_parallel

VOICES_PACK = "audio/manifest.csv.gz"
_COLUMNS = ("file", "corpus", "speaker", "emotion")

# None of these speakers is in training. In RAVDESS odd actors are men and even ones women.
TEST_SPEAKERS = {
    "ravdess": ("actor04", "actor09", "actor14", "actor19"),
    "nemo": ("KS0", "MK0"),
    "emodb": ("11", "13"),
    "urdu": ("SF6", "SM1", "SM5"),
}
VALIDATION_SPEAKERS = {
    "ravdess": ("actor07", "actor12", "actor17"),
    "nemo": ("WR0",),
    "emodb": ("03", "08"),
    "urdu": ("SF11", "SM7"),
}

_PRE_ROLL, _HOLD = (round(seconds * NS) // HOP_NS for seconds in (PRE_ROLL_S, HOLD_S))
"""In hops; what a hop does not fill whole is left out."""
_HEARD_BEFORE = 6
_SESSIONS = 5
_VOICES_A_TASK = 40


@dataclass(frozen=True, slots=True)
class Voice:
    """One recorded utterance: its row of the manifest, and the file's bytes."""

    file: str
    corpus: str
    speaker: str
    emotion: str
    sound: bytes

    @property
    def split(self) -> str:
        """The split of this speaker."""
        if self.speaker in TEST_SPEAKERS.get(self.corpus, ()):
            return "test"
        return "validation" if self.speaker in VALIDATION_SPEAKERS.get(self.corpus, ()) else "train"

    @property
    def session(self) -> int:
        """Utterances of a speaker in one session share a channel."""
        return zlib.crc32(self.file.encode()) % _SESSIONS


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Features of one variant of an utterance: ``vectors [T, 48]``, ``speech [T]``."""

    voice: Voice
    variant: int
    vectors: Floats
    speech: Floats

    @property
    def session(self) -> tuple[str, str, int, int]:
        """The speaker and the channel."""
        voice = self.voice
        return voice.corpus, voice.speaker, self.variant, voice.session if self.variant else 0


def read_voices(data: Path) -> list[Voice]:
    """All recorded utterances that the manifest names; raises DataError if one is missing or unreadable."""
    from soundfile import SoundFileError, info

    path = data / VOICES_PACK
    rows = _rows(path)
    sounds: dict[str, bytes] = {}
    for corpus in sorted({row["corpus"] for row in rows}):
        sounds |= _sounds(path.with_name(f"{corpus}.tar"))
    voices = []
    for number, row in enumerate(rows, start=2):
        sound = sounds.get(row["file"])
        if sound is None:
            raise DataError(
                f"{path}, row {number}: {row['file']} is not in {row['corpus']}.tar: get that file again"
            )
        try:
            info(io.BytesIO(sound))
        except SoundFileError as error:
            raise DataError(
                f"{path}, row {number}: {row['file']} in {row['corpus']}.tar is not a sound: get it again"
            ) from error
        voices.append(Voice(row["file"], row["corpus"], row["speaker"], common_name(row["emotion"]), sound))
    return voices


def _rows(path: Path) -> list[dict[str, str]]:
    """The manifest's rows, of which the first line of the file is number 1; raises DataError."""
    if not path.is_file():
        raise DataError(f"{path} does not exist: give the folder that holds {VOICES_PACK}")
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): get the file again") from error
    if not rows:
        raise DataError(f"{path} has no rows: get the file again")
    for number, row in enumerate(rows, start=2):
        missing = [column for column in _COLUMNS if not row.get(column)]
        if missing:
            raise DataError(f"{path}, row {number} has no {missing[0]}: get the file again")
        if common_name(row["emotion"]) not in VALENCE:
            raise DataError(
                f"{path}, row {number}: {row['emotion']!r} is not a known emotion; "
                "get the file again, or leave the row out"
            )
    return rows


def _sounds(path: Path) -> dict[str, bytes]:
    """The files in a corpus's tar by their names; raises DataError."""
    sounds = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    sounds[member.name] = content.read()
    except OSError as error:
        why = error.strerror or error
        raise DataError(
            f"{path}, which {VOICES_PACK} names, cannot be read ({why}): get the file again"
        ) from error
    except (EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{path} is not a tar file, or is cut off: get the file again") from error
    return sounds


def voice_pack(voices: Sequence[Voice], variants: int, workers: int) -> dict[str, NDArray[Any]]:
    """Arrays of ``voices.npz``."""
    tasks = [
        (voices[start : start + _VOICES_A_TASK], variants) for start in range(0, len(voices), _VOICES_A_TASK)
    ]
    heard = [one for part in in_parallel(hear, tasks, workers, "voices") for one in part]
    emotions = np.array([one.voice.emotion for one in heard])
    return {
        "vectors": np.concatenate([one.vectors for one in heard]),
        "reference_vectors": with_usual_reference(heard),
        "speech": np.concatenate([one.speech for one in heard]),
        "offsets": np.cumsum([0, *(len(one.vectors) for one in heard)]).astype(np.int64),
        "corpus": np.array([one.voice.corpus for one in heard]),
        "speaker": np.array([f"{one.voice.corpus}/{one.voice.speaker}" for one in heard]),
        "emotion": emotions,
        "valence": np.array([VALENCE[emotion] for emotion in emotions], np.float32),
        "split": np.array([one.voice.split for one in heard]),
        "variant": np.array([one.variant for one in heard], np.int8),
    }


def hear(task: tuple[Sequence[Voice], int]) -> list[Heard]:
    """Features of utterances as recorded, and of as many worsened copies of those of training speakers."""
    from soundfile import read

    from fsrf_live.stream.features.voice import ProsodyVoiceExtractor

    voices, variants = task
    extractor = ProsodyVoiceExtractor(own_voice=False)
    heard = []
    for voice in voices:
        recorded, rate_hz = read(io.BytesIO(voice.sound), dtype="float32")
        if rate_hz != SAMPLE_RATE_HZ:
            recorded = at_rate(recorded, rate_hz / SAMPLE_RATE_HZ)
        for variant in range(variants + 1 if voice.split == "train" else 1):
            samples = through(voice, variant, recorded) if variant else recorded
            extractor.reset()
            hops = extractor.push(Samples(0, samples))
            vectors, speech = np.stack([hop.vector for hop in hops]), np.array([hop.speech for hop in hops])
            part = utterance(speech)
            heard.append(Heard(voice, variant, vectors[part], speech[part].astype(np.float32)))
    return heard


def through(voice: Voice, variant: int, recorded: Floats) -> Floats:
    """An utterance after the channel of its session."""
    channel = any_channel(seeded(f"{voice.corpus} {voice.speaker} {variant} {voice.session}"))
    return worsened(recorded, channel, seeded(f"{voice.file} {variant}"))


def seeded(name: str) -> np.random.Generator:
    """A random generator that is the same for the same name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def with_usual_reference(heard: Sequence[Heard]) -> Floats:
    """The vectors ``[sum T, 48]`` less their speaker's usual voice, as if more had been heard before.

    The usual voice is the mean over up to six other utterances of the session, half of them neutral if there
    are such, weighted equally. Vectors of a speaker without other utterances stay as they are.
    """
    sessions: dict[tuple[str, str, int, int], list[Heard]] = {}
    for one in heard:
        sessions.setdefault(one.session, []).append(one)
    relative = []
    for one in heard:
        before = heard_before(one, sessions[one.session])
        if before:
            usual = np.mean([usual_of(other.vectors, other.speech) for other in before], axis=0)
            relative.append(less_usual(one.vectors, usual, 1.0))
        else:
            relative.append(one.vectors)
    return np.concatenate(relative)


def heard_before(one: Heard, others: Sequence[Heard]) -> list[Heard]:
    """Some other utterances of the same session, the same ones each time for the same utterance."""
    order = seeded(one.voice.file).permutation(len(others))
    mixed = [others[place] for place in order if others[place] is not one]
    neutral = [other for other in mixed if VALENCE[other.voice.emotion] == 0][: _HEARD_BEFORE // 2]
    rest = [other for other in mixed if other not in neutral]
    return neutral + rest[: _HEARD_BEFORE - len(neutral)]


def utterance(speech: NDArray[np.floating[Any]]) -> slice:
    """The hops that a live window would hold: from before the first speech to the silence that ends it."""
    spoken = np.flatnonzero(speech >= SPEECH)
    if not len(spoken):
        return slice(0, len(speech))
    return slice(max(int(spoken[0]) - _PRE_ROLL, 0), int(spoken[-1]) + 1 + _HOLD)
