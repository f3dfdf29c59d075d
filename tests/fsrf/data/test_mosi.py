"""The MOSI pack: context stays inside its video, and splits share no video."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.mosi import CONTEXT, load_mosi, load_mosi_official, mean_vectors

Floats = NDArray[np.float32]
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
        "official_split": np.array(["train", "train", "valid", "test"])[np.arange(count) * 4 // count],
        "bclstm_split": np.where(np.arange(count) < count // 2, "train", "test"),
        "audio73": np.arange(count, dtype=np.float32)[:, None] * np.ones((1, 73), np.float32),
        "video100": rng.normal(size=(count, 100)).astype(np.float32),
    }
    path = tmp_path / "mosi.npz"
    np.savez(path, allow_pickle=False, **{key: values[mixed] for key, values in arrays.items()})
    return path


def test_an_utterance_is_seen_among_its_own_video_in_order(pack: Path) -> None:
    test = load_mosi(pack, mean_vectors(encode))[0].splits["test"]
    for features, mask, one in zip(test.features["audio"], test.masks["audio"], test.ids, strict=True):
        video, segment = one.removeprefix("video").split("_")
        first = int(video) * SEGMENTS
        own = first + int(segment) - 1
        assert features[mask][:, 0].tolist() == [*map(float, range(first, first + SEGMENTS))]
        assert set(features[mask][:, 73].tolist()) == {float(own)}
        assert features[CONTEXT, 0] == own
        assert not features[~mask].any()


def test_no_video_is_in_two_splits(pack: Path) -> None:
    splits = load_mosi(pack, mean_vectors(encode))[0].splits
    groups = [set(utterances.groups) for utterances in splits.values()]
    assert all(groups)
    assert sum(map(len, groups)) == len(set.union(*groups)) == VIDEOS


def test_a_pack_that_lacks_an_array_or_is_no_pack_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", id=np.array(["a"]))
    with pytest.raises(DataError, match=r"half\.npz lacks video"):
        load_mosi(tmp_path / "half.npz", mean_vectors(encode))
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(DataError, match="cannot be read as the MOSI pack"):
        load_mosi(tmp_path / "text.npz", mean_vectors(encode))
    with pytest.raises(DataError, match="nowhere"):
        load_mosi(tmp_path / "nowhere.npz", mean_vectors(encode))


def encode(texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
    tokens = np.zeros((len(texts), 3, 2), np.float32)
    mask = np.zeros((len(texts), 3), np.bool_)
    tokens[:, 0], tokens[:, 1], mask[:, :2] = 1, 3, True
    return tokens, mask


def test_text_is_made_of_transcripts(pack: Path) -> None:
    train = load_mosi(pack, mean_vectors(encode))[0].splits["train"]
    assert set(train.features["text"][train.masks["text"]].flatten().tolist()) == {2.0}


def test_the_official_split_has_no_video_and_none_of_the_vectors_that_leak(pack: Path) -> None:
    corpus = load_mosi_official(pack, mean_vectors(encode))
    assert corpus.absent == {"video"}
    assert [len(corpus.splits[name]) for name in ("train", "valid", "test")] == [100, 50, 50]
    for utterances in corpus.splits.values():
        assert not utterances.masks["video"].any()
        assert utterances.features["text"].shape[-1] == 4


def test_a_text_without_tokens_is_a_zero_vector() -> None:
    def silent(texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        tokens, mask = encode(texts)
        return tokens * 0, mask & False

    assert mean_vectors(silent)(["", ""]).tolist() == [[0, 0], [0, 0]]


def test_video_vectors_tell_training_labels_linearly_no_more(pack: Path) -> None:
    train = load_mosi(pack, mean_vectors(encode))[0].splits["train"]
    vectors = train.features["video"][:, CONTEXT, :100].astype(np.float64)
    spread = vectors.std(0).max() * train.labels.std()
    assert np.abs((vectors - vectors.mean(0)).T @ train.labels).max() / len(train) < 1e-4 * spread


def test_the_real_pack_has_its_two_splits_and_its_leak_is_erased(shared_data: Path) -> None:
    pack = shared_data / "mosi" / "mosi_utterance.npz"
    if not pack.is_file():
        pytest.skip("the MOSI pack is not among the corpora")
    corpus, erasure = load_mosi(pack, mean_vectors(encode))
    assert erasure.found > 0.6
    assert erasure.remains < 0.1
    by_poria, official = corpus.splits, load_mosi_official(pack, mean_vectors(encode)).splits
    assert len(by_poria["train"]) + len(by_poria["valid"]) == 1447
    assert len(by_poria["test"]) == 752
    assert [len(official[name]) for name in ("train", "valid", "test")] == [1284, 229, 686]
