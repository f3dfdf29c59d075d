from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.stream.features.baseline import (
    FEWEST_FACES,
    FEWEST_SPOKEN,
    BaselineMeter,
    Rest,
    baseline_path,
    read_baseline,
    write_baseline,
)
from fsrf_live.stream.features.neutral import SHARE, NeutralReference
from fsrf_live.stream.features.sound.usual import PITCH, VoiceReference, less_usual, ordinary_voice
from fsrf_live.stream.features.sound.voice import VOICE_WIDTH
from fsrf_live.stream.flow.items import FaceFeatures, Reason, VoiceFeatures

REST, SMILE = np.full(416, 0.5, np.float32), np.full(416, 2.0, np.float32)


def meter(faces: int = 0, hops: int = 0) -> BaselineMeter:
    made = BaselineMeter()
    for _ in range(faces):
        made.take(FaceFeatures(0, REST))
    for _ in range(hops):
        made.take(VoiceFeatures(0, np.full(VOICE_WIDTH, 3.0, np.float32), 0.9, silent=False))
    return made


def test_a_rest_is_the_steadiest_half_of_what_was_seen() -> None:
    made = meter(faces=30)
    for _ in range(20):
        made.take(FaceFeatures(0, SMILE))
    face = made.baseline().face
    assert face is not None
    np.testing.assert_array_equal(face, REST[:384])


def test_only_faces_and_speech_count() -> None:
    made = meter(faces=1, hops=1)
    made.take(FaceFeatures(0, None, Reason.NO_FACE))
    made.take(VoiceFeatures(0, np.zeros(VOICE_WIDTH, np.float32), 0.1, silent=False))
    assert (made.faces, made.hops) == (1, 1)


@pytest.mark.parametrize(("faces", "hops"), [(FEWEST_FACES, 0), (0, FEWEST_SPOKEN), (FEWEST_FACES - 1, 9)])
def test_what_there_was_too_little_of_is_not_measured(faces: int, hops: int) -> None:
    baseline = meter(faces, hops).baseline()
    assert (baseline.face is not None) == (faces >= FEWEST_FACES)
    assert (baseline.voice is not None) == (hops >= FEWEST_SPOKEN)


def test_a_baseline_comes_back_as_it_was_kept_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ada.safetensors"
    kept = meter(FEWEST_FACES, FEWEST_SPOKEN).baseline()
    write_baseline(path, kept)
    again = read_baseline(path)
    np.testing.assert_array_equal(again.face, kept.face)
    np.testing.assert_array_equal(again.voice, kept.voice)
    assert path.stat().st_mode & 0o077 == 0


def test_a_part_may_be_missing(tmp_path: Path) -> None:
    write_baseline(tmp_path / "a.safetensors", Rest(voice=np.ones(VOICE_WIDTH, np.float32)))
    again = read_baseline(tmp_path / "a.safetensors")
    assert again.face is None
    assert again.voice is not None


def test_a_name_is_a_file_of_the_users_and_nothing_else() -> None:
    assert baseline_path("ada-2").name == "ada-2.safetensors"
    assert baseline_path("here/x.safetensors") == Path("here/x.safetensors")
    for name in ("", "../ada", "a b"):
        with pytest.raises(UsageError, match="is no name for a baseline"):
            baseline_path(name)


def test_none_and_a_damaged_one_are_one_clear_line_each(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no baseline bob: measure it with 'fsrf baseline bob'"):
        read_baseline(tmp_path / "bob.safetensors")
    path = tmp_path / "bob.safetensors"
    write_baseline(path, meter(FEWEST_FACES).baseline())
    whole = path.read_bytes()
    for content in (b"", b"no tensors", whole[:-8], whole.replace(b"facemesh", b"faceplay")):
        path.write_bytes(content)
        with pytest.raises(RecordingError, match="measure it again"):
            read_baseline(path)


def test_a_known_face_is_taken_out_at_once_and_stays() -> None:
    known = REST[:384]
    reference = NeutralReference(384, known)
    for time_ns in (0, 100_000_000, 3_600_000_000_000):
        np.testing.assert_allclose(reference.relative(time_ns, known), (1 - SHARE) * known, atol=1e-6)


def test_a_known_voice_is_taken_out_at_once_and_stays() -> None:
    usual, now = ordinary_voice() + 1.0, ordinary_voice() + 2.0
    now[PITCH] = 40.0
    reference = VoiceReference(usual)
    for time_ns in (0, 40_000_000, 3_600_000_000_000):
        np.testing.assert_allclose(
            reference.relative(time_ns, now, 0.9), less_usual(now[None], usual, 1.0)[0], atol=1e-5
        )
