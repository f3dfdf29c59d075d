"""CMU-MOSI as one vector an utterance (declare-lab's pack), with its two splits and their leaks.

The pack's text100 and video100 come from networks that were trained on the training labels of `bclstm_split`
(Poria et al., ACL 2017). On any other split they leak labels of test rows. On that one they carry the labels
of training and validation rows but not of test rows, and a model trained on them is misled: so text is
encoded from the transcripts, and the labels are erased from video100. An utterance is seen in the context of
its video, as Poria et al. do: its sequence is the utterances around it, each beside its own vector.
"""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Encode, Floats
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.fsrf.data.erasure import Erasure, fit_erasure
from fsrf_live.fsrf.data.utterances import SPLITS, Benchmark, Split, Utterances, require_sound

CONTEXT = 7
"""Utterances on either side that an utterance is seen with."""

AUDIO, VIDEO = "audio73", "video100"
VALIDATION_SHARE = 0.15
"""Of the training videos; by a hash of their names, so that it does not depend on the order of rows."""

LABEL_RANGE = (-3.0, 3.0)

_Arrays = dict[str, NDArray[np.generic]]


TextVectors = Callable[[list[str]], Floats]
"""Texts to one vector each, ``[N, D]``."""


def load_mosi(path: Path, text: TextVectors) -> tuple[Benchmark, Erasure]:
    """Load the pack on its bc-LSTM split; a share of the training videos is kept for validation.

    Features are ``[N, 2 * CONTEXT + 1, 2 D]``: each slot holds a neighbour's vector and the utterance's own.
    Text vectors are made from the transcripts; the erasure of the video vectors is fitted to training rows.
    Raises DataError if the file is missing, damaged, or lacks an array.
    """
    keys = ("id", "video", "segment", "label", "transcript", "bclstm_split", AUDIO, VIDEO)
    arrays = read_arrays(path, keys)
    videos = arrays["video"].astype(str)
    split = np.where(arrays["bclstm_split"] == "test", "test", "train")
    kept = np.array([zlib.crc32(video.encode()) % 100 < 100 * VALIDATION_SHARE for video in videos])
    split = np.where((split == "train") & kept, "valid", split)
    train, leaking = split == "train", arrays[VIDEO].astype(np.float32)
    erasure = fit_erasure(leaking[train], arrays["label"][train].astype(np.float64), videos[train])
    vectors: dict[Modality, Floats] = {
        "text": text(arrays["transcript"].astype(str).tolist()),
        "audio": arrays[AUDIO].astype(np.float32),
        "video": erasure(leaking),
    }
    return require_sound(Benchmark("mosi-bclstm", LABEL_RANGE, _splits(arrays, split, vectors))), erasure


def load_mosi_official(path: Path, text: TextVectors) -> Benchmark:
    """Load the official split: text from the transcripts, the pack's audio, and no video.

    The pack's text and video vectors come from networks that were trained on labels of this one's test part.
    Raises DataError as `load_mosi` does.
    """
    keys = ("id", "video", "segment", "label", "transcript", "official_split", AUDIO)
    arrays = read_arrays(path, keys)
    audio = arrays[AUDIO].astype(np.float32)
    vectors: dict[Modality, Floats] = {
        "text": text(arrays["transcript"].astype(str).tolist()),
        "audio": audio,
        "video": np.zeros((len(audio), 1), np.float32),
    }
    split = arrays["official_split"].astype(str)
    splits = _splits(arrays, split, vectors, absent=frozenset({"video"}))
    return require_sound(Benchmark("mosi-official", LABEL_RANGE, splits, frozenset({"video"})))


def _splits(
    arrays: _Arrays,
    split: NDArray[np.str_],
    vectors: dict[Modality, Floats],
    absent: frozenset[Modality] = frozenset(),
) -> dict[Split, Utterances]:
    """Utterances in context by the name of their split ``[N]``."""
    videos = arrays["video"].astype(str)
    around, real = neighbours(videos, arrays["segment"].astype(np.int64))
    splits: dict[Split, Utterances] = {}
    for name in SPLITS:
        chosen = np.flatnonzero(split == name)
        there: dict[Modality, NDArray[np.bool_]] = {m: real & (m not in absent) for m in vectors}
        splits[name] = Utterances(
            ids=tuple(arrays["id"][chosen].astype(str)),
            groups=tuple(videos[chosen]),
            texts=tuple(arrays["transcript"][chosen].astype(str)),
            features={m: in_context(vectors[m], around, there[m])[chosen] for m in vectors},
            masks={m: there[m][chosen] for m in vectors},
            labels=arrays["label"][chosen].astype(np.float32),
        )
    return splits


def mean_vectors(encode: Encode) -> TextVectors:
    """A text's vector as the mean of its token vectors; zero if it has none."""

    def vectors(texts: list[str]) -> Floats:
        tokens, mask = encode(texts)
        return np.asarray(tokens.sum(1) / np.maximum(mask.sum(1), 1)[:, None], np.float32)

    return vectors


def read_arrays(path: Path, keys: tuple[str, ...]) -> _Arrays:
    """Arrays of an .npz file without pickles; raises DataError if one is missing or unreadable."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as pack:
            missing = [key for key in keys if key not in pack]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}: it is not the MOSI pack")
            return {key: pack[key] for key in keys}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as the MOSI pack: {error}") from error


def neighbours(
    videos: NDArray[np.str_], segments: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows of each utterance's neighbours in its video: indices and mask ``[N, 2 * CONTEXT + 1]``."""
    order = np.lexsort((segments, videos))
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    near = place[:, None] + np.arange(-CONTEXT, CONTEXT + 1)
    rows = order[near.clip(0, len(order) - 1)]
    real = (near >= 0) & (near < len(order)) & (videos[rows] == videos[:, None])
    return np.where(real, rows, 0), real


def in_context(vectors: Floats, rows: NDArray[np.intp], real: NDArray[np.bool_]) -> Floats:
    """Vectors ``[N, D]`` as sequences ``[N, T, 2 D]``: a neighbour's beside the own, else zero."""
    beside = np.broadcast_to(vectors[:, None], (*rows.shape, vectors.shape[1]))
    return np.where(real[..., None], np.concatenate([vectors[rows], beside], -1), np.float32(0))
