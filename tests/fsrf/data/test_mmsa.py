"""Feature files in MMSA's layout: what is read, what is refused."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.mmsa import load_mmsa

LENGTH, FRAMES = 8, 6


def split(prefix: str, count: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(len(prefix))
    bert = np.zeros((count, 3, LENGTH), np.float32)
    bert[:, 1, :5] = 1
    return {
        "raw_text": [f"sentence {i}" for i in range(count)],
        "text": rng.normal(size=(count, LENGTH, 16)).astype(np.float32),
        "text_bert": bert,
        "audio": rng.normal(size=(count, FRAMES, 4)).astype(np.float32),
        "vision": rng.normal(size=(count, FRAMES, 5)).astype(np.float32),
        "audio_lengths": [3] * count,
        "vision_lengths": [4] * count,
        "regression_labels": np.linspace(-1, 1, count, dtype=np.float32),
        "id": [f"{prefix}$_${i}" for i in range(count)],
    }


@pytest.fixture
def content() -> dict[str, Any]:
    return {name: split(name) for name in ("train", "valid", "test")}


def write(path: Path, content: Any) -> Path:
    path.write_bytes(pickle.dumps(content))
    return path


def test_masks_leave_out_special_tokens_and_padding(tmp_path: Path, content: dict[str, Any]) -> None:
    train = load_mmsa(write(tmp_path / "file.pkl", content), "mosi").splits["train"]
    assert train.masks["text"][0].tolist() == [False, True, True, True, False, False, False, False]
    assert train.masks["audio"].sum(1).tolist() == [3, 3, 3]
    assert train.masks["video"].sum(1).tolist() == [4, 4, 4]
    for modality, features in train.features.items():
        assert not features[~train.masks[modality]].any()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickles_is_read(tmp_path: Path, content: dict[str, Any], protocol: int) -> None:
    path = tmp_path / "file.pkl"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    assert len(load_mmsa(path, "mosi").splits["train"]) == 3


def test_an_utterance_belongs_to_the_video_before_the_mark(tmp_path: Path, content: dict[str, Any]) -> None:
    corpus = load_mmsa(write(tmp_path / "file.pkl", content), "mosi")
    assert set(corpus.splits["test"].groups) == {"test"}


def test_minus_infinity_in_audio_is_silence(tmp_path: Path, content: dict[str, Any]) -> None:
    content["train"]["audio"][0, 0, 0] = -np.inf
    corpus = load_mmsa(write(tmp_path / "file.pkl", content), "mosi")
    assert corpus.splits["train"].features["audio"][0, 0, 0] == 0


def test_a_file_is_converted_once_and_again_when_it_changes(tmp_path: Path, content: dict[str, Any]) -> None:
    path = write(tmp_path / "file.pkl", content)
    first = load_mmsa(path, "mosi")
    stamp = path.stat()
    path.write_bytes(b"\x00" * stamp.st_size)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    again = load_mmsa(path, "mosi")
    assert again.splits["valid"].ids == first.splits["valid"].ids
    for modality in ("text", "audio", "video"):
        np.testing.assert_array_equal(
            again.splits["valid"].features[modality], first.splits["valid"].features[modality]
        )
    content["train"]["regression_labels"][0] = 0.25
    assert load_mmsa(write(path, content), "mosi").splits["train"].labels[0] == np.float32(0.25)


class Payload:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("payload-ran",)


def test_a_pickle_that_would_run_something_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="mkdir"):
        load_mmsa(write(tmp_path / "file.pkl", {"train": Payload()}), "mosi")
    assert not (tmp_path / "payload-ran").exists()


def spoil_nan(content: dict[str, Any]) -> None:
    content["train"]["vision"][1, 2, 3] = np.nan


def spoil_infinity(content: dict[str, Any]) -> None:
    content["train"]["audio"][1, 2, 3] = np.inf


def spoil_label(content: dict[str, Any]) -> None:
    content["test"]["regression_labels"][0] = 3.5


def spoil_leak(content: dict[str, Any]) -> None:
    content["test"]["id"][0] = content["train"]["id"][0]


def spoil_lengths(content: dict[str, Any]) -> None:
    content["train"]["audio_lengths"] = [FRAMES + 1] * 3


def spoil_key(content: dict[str, Any]) -> None:
    del content["valid"]["vision"]


def spoil_split(content: dict[str, Any]) -> None:
    del content["valid"]


def spoil_empty_modality(content: dict[str, Any]) -> None:
    content["train"]["vision_lengths"] = [0] * 3


def spoil_count(content: dict[str, Any]) -> None:
    content["train"]["raw_text"].pop()


def spoil_text_bert(content: dict[str, Any]) -> None:
    content["train"]["text_bert"] = content["train"]["text_bert"][:, :2]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_nan, "video of 'train.*NaN"),
        (spoil_infinity, "audio of 'train.*infinite"),
        (spoil_label, "label 3.5 of 'test"),
        (spoil_leak, "in train and again in test, which would leak"),
        (spoil_lengths, "audio: lengths must be 3 numbers from 0 to 6"),
        (spoil_key, "valid lacks vision"),
        (spoil_split, "no split 'valid'"),
        (spoil_empty_modality, "video is empty in every utterance"),
        (spoil_count, "different lengths"),
        (spoil_text_bert, "text_bert"),
    ],
)
def test_what_cannot_be_trusted_gets_one_clear_line(
    tmp_path: Path, content: dict[str, Any], spoil: Any, message: str
) -> None:
    spoil(content)
    with pytest.raises(DataError, match=message) as caught:
        load_mmsa(write(tmp_path / "file.pkl", content), "mosi")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [b"", b"not a pickle", pickle.dumps([1, 2])])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "file.pkl"
    path.write_bytes(damage)
    with pytest.raises(DataError):
        load_mmsa(path, "sims")


def test_a_missing_file_and_an_unknown_corpus_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.pkl cannot be opened"):
        load_mmsa(tmp_path / "nowhere.pkl", "mosei")
    with pytest.raises(DataError, match="no corpus is called 'iemocap'"):
        load_mmsa(tmp_path / "nowhere.pkl", "iemocap")
