"""The MOSI pack: context stays inside its video, and splits share no video."""

from pathlib import Path

import numpy as np
import pytest

from fsrf.data.mosi import CONTEXT, load_mosi
from fsrf.errors import DataError

VIDEOS, SEGMENTS = 40, 5


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    count = VIDEOS * SEGMENTS
    video = np.repeat([f"video{i}" for i in range(VIDEOS)], SEGMENTS)
    segment = np.tile(np.arange(SEGMENTS) + 1, VIDEOS)
    mixed = rng.permutation(count)
    arrays = {
        "id": np.array([f"{v}_{s}" for v, s in zip(video, segment, strict=True)]),
        "video": video,
        "segment": segment,
        "label": rng.uniform(-3, 3, count).astype(np.float32),
        "transcript": np.array(["WORDS"] * count),
        "bclstm_split": np.where(np.arange(count) < count // 2, "train", "test"),
        "text100": np.arange(count, dtype=np.float32)[:, None] * np.ones((1, 100), np.float32),
        "audio73": rng.normal(size=(count, 73)).astype(np.float32),
        "video100": rng.normal(size=(count, 100)).astype(np.float32),
    }
    path = tmp_path / "mosi.npz"
    np.savez(path, **{key: values[mixed] for key, values in arrays.items()})
    return path


def test_an_utterance_is_seen_among_its_own_video_in_order(pack: Path) -> None:
    test = load_mosi(pack).splits["test"]
    for features, mask, one in zip(test.features["text"], test.masks["text"], test.ids, strict=True):
        video, segment = one.removeprefix("video").split("_")
        first = int(video) * SEGMENTS
        own = first + int(segment) - 1
        assert features[mask][:, 0].tolist() == [*map(float, range(first, first + SEGMENTS))]
        assert set(features[mask][:, 100].tolist()) == {float(own)}
        assert features[CONTEXT, 0] == own
        assert not features[~mask].any()


def test_no_video_is_in_two_splits(pack: Path) -> None:
    splits = load_mosi(pack).splits
    groups = [set(utterances.groups) for utterances in splits.values()]
    assert all(groups)
    assert sum(map(len, groups)) == len(set.union(*groups)) == VIDEOS


def test_a_pack_that_lacks_an_array_or_is_no_pack_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", id=np.array(["a"]))
    with pytest.raises(DataError, match=r"half\.npz lacks video"):
        load_mosi(tmp_path / "half.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(DataError, match="cannot be read as the MOSI pack"):
        load_mosi(tmp_path / "text.npz")
    with pytest.raises(DataError, match="nowhere"):
        load_mosi(tmp_path / "nowhere.npz")
