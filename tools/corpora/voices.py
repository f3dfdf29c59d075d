"""Corpora of voices as voice features, as recorded and worsened, split by speaker."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import PRE_ROLL_S
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.packs import TONELESS
from fsrf_live.fsrf.data.tars import packed_files
from fsrf_live.fsrf.data.tones import Taught, judges
from fsrf_live.stream.features.sound.tone import LAYER, ToneOfVoice
from fsrf_live.stream.features.sound.usual import PROSODY_WIDTH, SPEECH, less_usual, usual_of
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, SAMPLE_RATE_HZ, Change, Closed, Samples, State, VoiceFeatures
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.utterances import UtteranceDetector
from fsrf_live.tools.corpora.augmentation import Surroundings, any_channel, at_rate, worsened
from fsrf_live.tools.corpora.examination import VOICES, corpus_rows, kept_people
from fsrf_live.tools.corpora.valence import VALENCE, common_name
from fsrf_live.tools.shell.parallel import in_parallel

VOICES_PACK = "audio/manifest.csv.gz"
_COLUMNS = ("file", "corpus", "speaker", "emotion")
_Row = tuple[int, dict[str, str]]
"""A row of a manifest and its number."""

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

MADE_VOICES = "people-1"
"""Name of the corpora, channels and cuts of a pack of voices. Give it a new one if any of them changes."""
NATURAL = "unlabelled"
"""Talk that nobody labelled: interviews and people who read aloud."""
NATURAL_WEIGHT = 0.5
"""How often such talk is drawn beside what somebody called neutral: some of it is not."""
VOCAL_SOUNDS = ("emogator", "nonverbal")
"""Corpora of people who laugh, cough, sigh, cry, and say no word. They begin at once, so a second of the room
is put before: a short sound is heard together with what was before it."""
_NO_SPEECH = (*VOCAL_SOUNDS, "noise")
_HALLS = ("smooth-hall", "rir2", "rir3")
"""Room responses that are halls or effects: nobody sits in one before a computer."""
_VALIDATION_TENTH = 10
_PRE_ROLL = round(PRE_ROLL_S * NS) // HOP_NS
"""In hops; what a hop does not fill whole is left out."""
_MOST_OF_A_FILE = 6
_HEARD_BEFORE = 6
_SESSIONS = 5
_VOICES_A_TASK = 40
_NOISE_S, _BABBLE_S, _BABBLES = 30, 12, 12
_TALKERS = range(3, 8)


@dataclass(frozen=True, slots=True)
class Voice:
    """One recorded utterance, or natural talk of several: its row of the manifest, and the file's bytes."""

    file: str
    corpus: str
    speaker: str
    emotion: str
    sound: bytes

    @property
    def identity(self) -> str:
        """The speaker's name, of all corpora."""
        return f"{self.corpus}/{self.speaker}"

    @property
    def split(self) -> str:
        """The split of this speaker: by the lists above, in other corpora by a hash; machines only train."""
        if self.corpus in TEST_SPEAKERS:
            if self.speaker in TEST_SPEAKERS[self.corpus]:
                return "test"
            return "validation" if self.speaker in VALIDATION_SPEAKERS[self.corpus] else "train"
        chosen = zlib.crc32(f"validation {self.corpus}/{self.speaker}".encode()) % _VALIDATION_TENTH == 0
        return "validation" if chosen and self.corpus != TONELESS else "train"

    @property
    def natural(self) -> bool:
        """Whether nobody labelled it."""
        return self.emotion == NATURAL

    @property
    def valence(self) -> float:
        """On the scale of scores; natural talk counts as neutral."""
        return 0.0 if self.natural else VALENCE[self.emotion]

    @property
    def session(self) -> int:
        """Utterances of a speaker in one session share a channel."""
        return zlib.crc32(self.file.encode()) % _SESSIONS


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Features of one variant of an utterance: ``vectors [T, 56]``, ``speech [T]``.

    `layer` ``[T, 384] float16`` is what its tones are judged by; None where that is done: the vectors are
    then without tones, ``[T, 48]``.
    """

    voice: Voice
    variant: int
    vectors: Floats
    speech: Floats
    layer: NDArray[np.float16] | None = None

    @property
    def session(self) -> tuple[str, str, int, int]:
        """The speaker and the channel."""
        voice = self.voice
        return voice.corpus, voice.speaker, self.variant, voice.session if self.variant else 0


def read_voices(data: Path) -> list[Voice]:
    """All recorded utterances that may be taught: those of the manifest, and of people who are not kept.

    Of the second manifest, the people whom `examination.kept` names are for the examination. Raises DataError
    if a file is missing or unreadable.
    """
    return [*_acted(data / VOICES_PACK), *_people(data / VOICES)]


def _acted(path: Path) -> list[Voice]:
    rows = _rows(path)
    for number, row in rows:
        if common_name(row["emotion"]) not in VALENCE:
            raise DataError(
                f"{path}, row {number}: {row['emotion']!r} is not a known emotion; "
                "get the file again, or leave the row out"
            )
    return _voices(path, rows)


def _people(path: Path) -> list[Voice]:
    return _voices(
        path,
        [
            (number, row)
            for number, row in _rows_for_training(path)
            if row["corpus"] not in _NO_SPEECH
            and (row["emotion"] == NATURAL or common_name(row["emotion"]) in VALENCE)
        ],
    )


def read_vocal_sounds(data: Path) -> list[Voice]:
    """Likewise the sounds of people that are no speech, of `VOCAL_SOUNDS`."""
    path = data / VOICES
    return _voices(path, [row for row in _rows_for_training(path) if row[1]["corpus"] in VOCAL_SOUNDS])


def _rows_for_training(path: Path) -> list[_Row]:
    """The rows of people who are not kept for the examination."""
    rows = _rows(path)
    apart = kept_people([row for _, row in rows], "speaker")
    return [(number, row) for number, row in rows if (row["corpus"], row["speaker"]) not in apart]


def _voices(path: Path, rows: Sequence[_Row]) -> list[Voice]:
    """The rows with their sounds, from the tar files beside the manifest."""
    from soundfile import SoundFileError, info

    sounds: dict[str, bytes] = {}
    for corpus in sorted({row["corpus"] for _, row in rows}):
        sounds.update(packed_files(path, corpus))
    voices = []
    for number, row in rows:
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


def read_surroundings(data: Path, voices: Sequence[Voice]) -> Surroundings:
    """Recorded noises and rooms, and babble of training voices; raises DataError if they cannot be read."""
    path = data / VOICES
    noises, rooms = (dict(packed_files(path, name)) for name in ("noise", "rooms"))
    return Surroundings(
        tuple(recorded(noises[name])[: _NOISE_S * SAMPLE_RATE_HZ] for name in sorted(noises)),
        tuple(recorded(rooms[name]) for name in sorted(rooms) if not any(hall in name for hall in _HALLS)),
        tuple(_babble([voice for voice in voices if voice.split == "train"])),
    )


def _babble(voices: Sequence[Voice]) -> Iterator[Floats]:
    """Several people who talk at once, each as loud as the others, without a pause."""
    rng = seeded("babble")
    size = _BABBLE_S * SAMPLE_RATE_HZ
    for talkers in rng.choice(_TALKERS, _BABBLES if voices else 0):
        mixed = np.zeros(size, np.float32)
        for voice in rng.choice(len(voices), talkers):
            talk = np.resize(recorded(voices[voice].sound), size)
            mixed += talk / max(float(np.sqrt((talk**2).mean())), 1e-6)
        yield mixed


def recorded(sound: bytes) -> Floats:
    """The samples ``[n]`` at 16 kHz of a file in memory."""
    from soundfile import read

    samples, rate_hz = read(io.BytesIO(sound), dtype="float32", always_2d=True)
    one: Floats = samples[:, 0]
    return one if rate_hz == SAMPLE_RATE_HZ else at_rate(one, rate_hz / SAMPLE_RATE_HZ)


def _rows(path: Path) -> list[_Row]:
    return corpus_rows(path, _COLUMNS, f"{VOICES_PACK} and {VOICES}")


def voice_pack(
    voices: Sequence[Voice], around: Surroundings, variants: int, workers: int
) -> dict[str, NDArray[Any]]:
    """Arrays of ``voices.npz``."""
    heard = heard_by(voices, around, variants, workers)
    taught = taught_by(heard)
    return {**pack_of(judged(heard, taught)), "layer": taught.layer}


def heard_by(voices: Sequence[Voice], around: Surroundings, variants: int, workers: int) -> list[Heard]:
    """Features of all utterances and of their worsened copies, as `hear` gives them."""
    tasks = [
        (voices[start : start + _VOICES_A_TASK], around, variants)
        for start in range(0, len(voices), _VOICES_A_TASK)
    ]
    return [one for part in in_parallel(hear, tasks, workers, "voices") for one in part]


def taught_by(heard: Sequence[Heard]) -> Taught:
    """What judges learn from: of each utterance the mean of its layer."""
    return Taught(
        np.stack([one.layer.mean(axis=0, dtype=np.float32) for one in heard if one.layer is not None]),
        np.array([one.voice.emotion for one in heard]),
        np.array([one.voice.corpus for one in heard]),
        np.array([one.voice.identity for one in heard]),
    )


def judged(heard: Sequence[Heard], taught: Taught) -> list[Heard]:
    """The utterances with tones, of training people by a judge who did not hear them."""
    test = np.array([one.voice.split == "test" for one in heard])
    whole = list(heard)
    for rows, judge in judges(taught, test)[1]:
        for row in np.flatnonzero(rows).tolist():
            one = heard[row]
            assert one.layer is not None
            vectors = np.concatenate([one.vectors, judge.of(one.layer)], axis=1)
            whole[row] = replace(one, vectors=vectors, layer=None)
    return whole


def pack_of(heard: Sequence[Heard]) -> dict[str, NDArray[Any]]:
    """The arrays of a pack of what was heard."""
    return {
        "vectors": np.concatenate([one.vectors for one in heard]),
        "reference_vectors": with_usual_reference(heard),
        "speech": np.concatenate([one.speech for one in heard]),
        "offsets": np.cumsum([0, *(len(one.vectors) for one in heard)]).astype(np.int64),
        "corpus": np.array([one.voice.corpus for one in heard]),
        "speaker": np.array([one.voice.identity for one in heard]),
        "emotion": np.array([one.voice.emotion for one in heard]),
        "valence": np.array([one.voice.valence for one in heard], np.float32),
        "weight": np.array([NATURAL_WEIGHT if one.voice.natural else 1.0 for one in heard], np.float32),
        "split": np.array([one.voice.split for one in heard]),
        "variant": np.array([one.variant for one in heard], np.int8),
    }


def hear(task: tuple[Sequence[Voice], Surroundings, int]) -> list[Heard]:
    """Features of utterances as recorded, and of as many worsened copies of those of training speakers.

    The tones are not judged yet.
    """
    voices, around, variants = task
    extractor = layer_extractor()
    heard: list[Heard] = []
    for voice in voices:
        sound = recorded(voice.sound)
        if voice.corpus in VOCAL_SOUNDS:
            sound = np.concatenate([np.zeros(SAMPLE_RATE_HZ, np.float32), sound])
        for variant in range(variants + 1 if voice.split == "train" else 1):
            samples = through(voice, variant, sound, around) if variant else sound
            heard += map(layer_apart, described(voice, variant, samples, extractor))
    return heard


def described(
    voice: Voice, variant: int, samples: Floats, extractor: ProsodyVoiceExtractor
) -> Iterator[Heard]:
    """Features of one variant: of an utterance, or of each that talk or other sounds are cut into as live."""
    extractor.reset()
    hops = extractor.push(Samples(0, samples))
    vectors = np.stack([hop.vector for hop in hops])
    speech = np.array([hop.speech for hop in hops], np.float32)
    for part in cut_up(hops) if voice.natural or voice.corpus in VOCAL_SOUNDS else [utterance(speech)]:
        yield Heard(voice, variant, vectors[part], speech[part])


def layer_extractor() -> ProsodyVoiceExtractor:
    """Gives the `LAYER` where tones will be; `layer_apart` takes it off."""
    return ProsodyVoiceExtractor(make_tone=lambda: ToneOfVoice(LAYER), own_voice=False)


def layer_apart(one: Heard) -> Heard:
    """What a `layer_extractor` heard: the layer for itself, and the vectors without it."""
    prosody, layer = np.split(one.vectors, [PROSODY_WIDTH], axis=1)
    return replace(one, vectors=prosody.copy(), layer=layer.astype(np.float16))


def through(voice: Voice, variant: int, sound: Floats, around: Surroundings) -> Floats:
    """An utterance after the channel of its session."""
    channel = any_channel(seeded(f"{voice.corpus} {voice.speaker} {variant} {voice.session}"), around)
    return worsened(sound, channel, seeded(f"{voice.file} {variant}"))


def seeded(name: str) -> np.random.Generator:
    """A random generator that is the same for the same name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def with_usual_reference(heard: Sequence[Heard]) -> Floats:
    """The vectors ``[sum T, 56]`` less their speaker's usual voice, as if more had been heard before.

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
    neutral = [other for other in mixed if other.voice.valence == 0][: _HEARD_BEFORE // 2]
    rest = [other for other in mixed if other not in neutral]
    return neutral + rest[: _HEARD_BEFORE - len(neutral)]


def utterance(speech: NDArray[np.floating[Any]]) -> slice:
    """The hops that a live window would hold: from a little before the first speech to the last."""
    spoken = np.flatnonzero(speech >= SPEECH)
    if not len(spoken):
        return slice(0, len(speech))
    return slice(max(int(spoken[0]) - _PRE_ROLL, 0), int(spoken[-1]) + 1)


def cut_up(hops: Sequence[VoiceFeatures]) -> list[slice]:
    """The first utterances of a recording, as live would cut them; there may be none."""
    detector = UtteranceDetector(WindowSettings())
    detector.change(Change(0, "mic", State.LIVE, None, None))
    items = [item for hop in hops for item in detector.push(hop)]
    ended = Change(len(hops) * HOP_NS, "mic", State.ENDED, None, None)
    closed = [item for item in (*items, *detector.change(ended)) if isinstance(item, Closed)]
    return [slice(-(-item.start_ns // HOP_NS), item.end_ns // HOP_NS) for item in closed[:_MOST_OF_A_FILE]]
