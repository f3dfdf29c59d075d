import csv
import gzip
import io
import shutil
import tarfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.tones import Taught, judges
from fsrf_live.stream.features.sound.usual import PROSODY_WIDTH
from fsrf_live.stream.features.sound.voice import VOICE_WIDTH
from fsrf_live.stream.flow.items import HOP_NS, VoiceFeatures
from fsrf_live.tools.corpora import both as corpora
from fsrf_live.tools.corpora.examination import kept
from fsrf_live.tools.corpora.faces import identity, read_faces, with_neutral_reference
from fsrf_live.tools.corpora.valence import VALENCE
from fsrf_live.tools.corpora.voices import (
    TEST_SPEAKERS,
    VALIDATION_SPEAKERS,
    cut_up,
    read_surroundings,
    read_vocal_sounds,
    read_voices,
    utterance,
)
from fsrf_live.tools.make.tone import taught_judges

soundfile = pytest.importorskip("soundfile", reason="soundfile is in the extra [train]")

UTTERANCES = [
    ("emodb", "09", "angry"),
    ("emodb", "09", "neutral"),
    ("emodb", "11", "happy"),
    ("emodb", "03", "sad"),
]


PEOPLE = [
    *(("voxceleb", f"v{n}", "unlabelled") for n in range(14)),
    *(("ased", f"a{n}", emotion) for n in range(14) for emotion in ("happy", "neutral")),
    *(("baved", f"b{n}", "high") for n in range(14)),
    *(("emogator", f"e{n}", "sad") for n in range(14)),
    ("tess", "t0", "sad"),
]


def buzz(hertz: float) -> NDArray[np.float64]:
    return np.asarray(0.1 * np.sign(np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)))


def add_sound(archive: tarfile.TarFile, name: str, samples: NDArray[np.float64]) -> None:
    sound = io.BytesIO()
    soundfile.write(sound, samples, 16_000, format="FLAC" if name.endswith("flac") else "OGG")
    entry = tarfile.TarInfo(name)
    entry.size = len(sound.getvalue())
    archive.addfile(entry, io.BytesIO(sound.getvalue()))


def write_voices(manifest: Path, spoken: list[tuple[str, str, str]]) -> None:
    """A manifest and the tar files that it names, every utterance a buzz."""
    with gzip.open(manifest, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "corpus", "speaker", "emotion"))
        writer.writerows((f"{c}/{s}_{e}.ogg", c, s, e) for c, s, e in spoken)
    for corpus in {corpus for corpus, _, _ in spoken}:
        with tarfile.open(manifest.with_name(f"{corpus}.tar"), "w") as archive:
            for place, (of, speaker, emotion) in enumerate(spoken):
                if of == corpus:
                    add_sound(archive, f"{of}/{speaker}_{emotion}.ogg", buzz(100 + 30 * (place % 8)))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout of the corpora with buzzing utterances and six grey squares."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "audio").mkdir()
    (folder / "faces").mkdir()
    write_voices(folder / "audio/manifest.csv.gz", UTTERANCES)
    write_voices(folder / "audio/manifest2.csv.gz", PEOPLE)
    for name in ("noise", "rooms"):
        with tarfile.open(folder / f"audio/{name}.tar", "w") as archive:
            add_sound(archive, f"{name}/one.flac", buzz(50)[::-1])
    np.savez(
        folder / "faces/fer2013.npz",
        image=np.random.default_rng(0).integers(90, 110, (6, 48, 48)).astype(np.uint8),
        emotion=np.array(["happy", "neutral", "fear", "surprise", "sad", "angry"]),
        split=np.array(["Training"] * 5 + ["PublicTest"]),
    )
    with gzip.open(folder / "faces/manifest2.csv.gz", "wt", encoding="utf-8") as file:
        file.write("file,corpus,person,emotion\nyale/1.jpg,yale,1,neutral\n")
    return folder


@pytest.fixture(scope="module")
def packs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    corpora.main([str(data), str(folder), "--workers", "1", "--variants", "1"])
    return folder


def test_voices_are_split_by_speaker_and_only_training_ones_are_worsened(packs: Path) -> None:
    with np.load(packs / "voices.npz", allow_pickle=False) as pack:
        rows = list(
            zip(pack["speaker"].tolist(), pack["split"].tolist(), pack["variant"].tolist(), strict=True)
        )
        assert rows[:6] == [
            ("emodb/09", "train", 0),
            ("emodb/09", "train", 1),
            ("emodb/09", "train", 0),
            ("emodb/09", "train", 1),
            ("emodb/11", "test", 0),
            ("emodb/03", "validation", 0),
        ]
        assert (
            pack["offsets"][-1]
            == len(pack["vectors"])
            == len(pack["reference_vectors"])
            == len(pack["speech"])
        )
        np.testing.assert_allclose(pack["valence"][[0, 2, 4]], [-1.53, 0, 2.43], atol=1e-6)


def test_a_training_voice_has_the_tones_of_a_judge_who_did_not_hear_it(packs: Path) -> None:
    with np.load(packs / "voices.npz", allow_pickle=False) as pack:
        taught = Taught(*(pack[name] for name in ("layer", "emotion", "corpus", "speaker")))
        test = pack["split"] == "test"
        whole, pairs = judges(taught, test)
        heard = pack["vectors"][:, PROSODY_WIDTH:].astype(np.float64)
        tones = np.stack([heard[a:b].mean(0) for a, b in pairwise(pack["offsets"].tolist())])
    for rows, judge in pairs:
        np.testing.assert_allclose(tones[rows], judge.of(taught.layer[rows]), atol=5e-3)
    assert not np.allclose(tones[~test], whole.of(taught.layer[~test]), atol=5e-3)


def test_a_speaker_without_other_utterances_has_no_reference(packs: Path) -> None:
    with np.load(packs / "voices.npz", allow_pickle=False) as pack:
        start, end = pack["offsets"][[4, 6]]
        alone = slice(start, end)
        np.testing.assert_array_equal(pack["vectors"][alone], pack["reference_vectors"][alone])
        assert not np.array_equal(pack["vectors"][:start], pack["reference_vectors"][:start])


def test_people_who_are_kept_and_sounds_that_are_no_speech_are_not_taught(data: Path) -> None:
    taught = [voice for voice in read_voices(data) if voice.corpus != "emodb"]
    people = {f"{voice.corpus}/{voice.speaker}" for voice in taught}
    assert people == {
        f"{corpus}/{name}"
        for corpus, name, _ in PEOPLE[:42]
        if corpus != "baved" and not kept(corpus, 14, name)
    }
    assert {voice.valence for voice in taught if voice.natural} == {0.0}
    assert {voice.split for voice in taught} <= {"train", "validation"}
    assert len({(voice.corpus, voice.speaker, voice.split) for voice in taught}) == len(people)


def test_talk_without_a_label_is_cut_as_live_cuts_it_and_counts_less(packs: Path) -> None:
    with np.load(packs / "voices.npz", allow_pickle=False) as pack:
        natural = pack["emotion"] == "unlabelled"
        assert (pack["weight"][natural] < 1).all()
        assert (pack["weight"][~natural] == 1).all()


def test_sounds_that_are_no_speech_are_of_people_who_are_not_kept(data: Path) -> None:
    sounds = read_vocal_sounds(data)
    assert {voice.speaker for voice in sounds} == {
        name for corpus, name, _ in PEOPLE if corpus == "emogator" and not kept(corpus, 14, name)
    }


def test_without_them_nobody_can_tell_speech(data: Path, packs: Path, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    write_voices(tmp_path / "audio/manifest2.csv.gz", [row for row in PEOPLE if row[0] != "emogator"])
    with pytest.raises(DataError, match="holds no sounds of emogator and nonverbal"):
        taught_judges(packs, tmp_path)


def test_a_recording_of_several_utterances_is_cut_into_them() -> None:
    vector = np.zeros(VOICE_WIDTH, np.float32)
    spoken = [*range(20, 60), *range(100, 140), *range(150, 160)]
    hops = [VoiceFeatures(n * HOP_NS, vector, 0.9 if n in spoken else 0.1, silent=False) for n in range(200)]
    assert cut_up(hops) == [slice(13, 60), slice(93, 160)]


def test_surroundings_are_recordings_and_babble_of_training_voices(data: Path, tmp_path: Path) -> None:
    around = read_surroundings(data, read_voices(data))
    assert [len(noise) for noise in around.noises] == [16_000]
    assert len(around.rooms) == 1
    assert {len(talk) for talk in around.babble} == {12 * 16_000}
    with pytest.raises(DataError, match=r"noise\.tar, which .*manifest2\.csv\.gz names, cannot be read"):
        read_surroundings(tmp_path, [])


def test_the_people_are_asked_for(copied: Path) -> None:
    (copied / "audio/manifest2.csv.gz").unlink()
    with pytest.raises(DataError, match=r"manifest2\.csv\.gz does not exist: give the folder"):
        read_voices(copied)


def test_pictures_without_a_face_are_counted_and_zero(packs: Path) -> None:
    with np.load(packs / "faces.npz", allow_pickle=False) as pack:
        assert not pack["found"].any()
        assert pack["vector"].shape == (6, 416)
        assert not pack["vector"].any()
        assert pack["emotion"].tolist()[2] == "fearful"
        assert np.isnan(pack["valence"][3])
        assert pack["split"][5] == "test"
        assert not pack["weight"].any()
        assert not pack["opened"].any()


def test_the_same_data_give_the_same_packs(data: Path, packs: Path, tmp_path: Path) -> None:
    corpora.main([str(data), str(tmp_path), "--workers", "1", "--variants", "1", "--only", "voices"])
    with np.load(packs / "voices.npz") as first, np.load(tmp_path / "voices.npz") as second:
        assert all(np.array_equal(first[name], second[name], equal_nan=name == "valence") for name in first)


def test_no_half_written_pack_is_left(packs: Path) -> None:
    assert sorted(path.name for path in packs.iterdir()) == ["faces.npz", "voices.npz"]


def test_missing_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"fer2013\.npz"):
        read_faces(tmp_path)
    with pytest.raises(DataError, match=r"manifest\.csv\.gz"):
        read_voices(tmp_path)


@pytest.fixture
def copied(data: Path, tmp_path: Path) -> Path:
    """The corpora again, to be damaged."""
    return shutil.copytree(data, tmp_path / "copied")


def write_manifest(data: Path, *rows: str) -> None:
    with gzip.open(data / "audio/manifest.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(("file,corpus,speaker,emotion", *rows)))


GOOD = "emodb/09_angry.ogg,emodb,09,angry"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("emodb/gone.ogg,emodb,09,angry", r"row 3: emodb/gone\.ogg is not in emodb\.tar"),
        ("emodb/09_angry.ogg,emodb,09,bored", "row 3: 'bored' is not a known emotion"),
        ("emodb/09_angry.ogg,emodb", "row 3 has no speaker"),
        ("berlin/1.ogg,berlin,1,sad", r"berlin\.tar, which .* names, cannot be read \(No such file"),
    ],
)
def test_a_row_of_voices_that_cannot_be_had_is_named(copied: Path, row: str, says: str) -> None:
    write_manifest(copied, GOOD, row)
    with pytest.raises(DataError, match=says):
        read_voices(copied)


def test_a_sound_that_is_none_is_named(copied: Path) -> None:
    with tarfile.open(copied / "audio/emodb.tar", "w") as archive:
        entry = tarfile.TarInfo("emodb/09_angry.ogg")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"noise"))
    write_manifest(copied, GOOD)
    with pytest.raises(DataError, match=r"row 2: emodb/09_angry\.ogg in emodb\.tar is not a sound"):
        read_voices(copied)


DAMAGED = [
    *("audio/manifest.csv.gz", "audio/emodb.tar", "audio/manifest2.csv.gz", "audio/ased.tar"),
    "faces/fer2013.npz",
]


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("size", [0, 700])
def test_a_damaged_file_is_named(copied: Path, name: str, size: int) -> None:
    path = copied / name
    path.write_bytes(path.read_bytes()[:-20][:size])
    read = read_faces if name.startswith("faces") else read_voices
    with pytest.raises(DataError, match=rf"{path.name}.*get the file again"):
        read(copied)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"emotion": None}, "has no emotion"),
        ({"emotion": np.array(["happy"] * 5 + ["bored"])}, "row 5: 'bored' is not a known emotion"),
        ({"split": np.array(["Training"])}, "do not match"),
        ({"image": np.zeros((6, 48, 48))}, r"image \(6, 48, 48\) of float64"),
    ],
)
def test_faces_that_cannot_be_used_are_told(
    copied: Path, changed: dict[str, NDArray[Any] | None], says: str
) -> None:
    path = copied / "faces/fer2013.npz"
    with np.load(path) as stored:
        kept = {name: changed.get(name, stored[name]) for name in stored}
    np.savez(path, **{name: array for name, array in kept.items() if array is not None})
    with pytest.raises(DataError, match=says):
        read_faces(copied)


def test_nobody_is_in_two_splits() -> None:
    assert TEST_SPEAKERS.keys() == VALIDATION_SPEAKERS.keys()
    for corpus, speakers in TEST_SPEAKERS.items():
        assert not set(speakers) & set(VALIDATION_SPEAKERS[corpus])


def test_an_utterance_is_what_a_live_window_would_hold() -> None:
    speech = np.zeros(100)
    speech[[30, 50]] = 0.9
    assert utterance(speech) == slice(23, 51)
    assert utterance(np.zeros(100)) == slice(0, 100)
    assert utterance(np.ones(100)) == slice(0, 100)


def test_a_stand_in_for_the_own_neutral_face_is_taken_from_people_who_look_alike() -> None:
    rng = np.random.default_rng(0)
    people = rng.normal(0, 1, (2, 384)).astype(np.float32)
    neutral_faces = np.repeat(people, 6, axis=0) + rng.normal(0, 0.01, (12, 384)).astype(np.float32)
    smile = np.zeros(384, np.float32)
    contour_only = ~np.isin(np.arange(384), moved_by_identity())
    smile[contour_only] = 1.0
    vector = np.concatenate([neutral_faces, people[:1] + smile]).astype(np.float32)
    neutral = np.arange(13) < 12
    person = np.array([f"somebody {row}" for row in range(13)])
    relative = with_neutral_reference(vector, np.ones(13, np.bool_), neutral, person)
    np.testing.assert_allclose(relative[12], people[0] + smile - 0.7 * people[0], atol=0.05)
    unseen = with_neutral_reference(vector, np.zeros(13, np.bool_), neutral, person)
    assert not unseen.any()
    person[[6, 12]] = "the same"
    own = with_neutral_reference(vector, np.ones(13, np.bool_), neutral, person)
    np.testing.assert_allclose(own[12], vector[12] - 0.7 * vector[6], atol=1e-5)


def moved_by_identity() -> list[int]:
    """Columns of a vector that `identity` reads."""
    columns = np.arange(384, dtype=np.float32)[None]
    return [int(column) for column in identity(columns)[0]]


def test_negative_emotions_are_negative_and_neutral_ones_are_the_middle() -> None:
    assert {name for name, value in VALENCE.items() if value < 0} == {"angry", "sad", "fearful", "disgust"}
    assert VALENCE["neutral"] == VALENCE["calm"] == 0
    assert np.isnan(VALENCE["surprise"])
