"""CMU-MOSI as one vector an utterance (declare-lab's pack), with its two splits and their leaks.

`bclstm_split` (Poria et al., ACL 2017) goes with the pack's text100, audio73 and video100, the outputs of
networks trained on that split's training labels: on any other split they leak. An utterance is seen
in the context of its video, as Poria et al. do: its sequence is the utterances round it, each beside
its own vector.
"""

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf.data.utterances import Corpus, Split, Utterances, require_sound
from fsrf.errors import DataError
from fsrf.modalities import Modality

CONTEXT = 7
"""Utterances on either side that an utterance is seen with."""

VECTORS: dict[Modality, str] = {"text": "text100", "audio": "audio73", "video": "video100"}
VALIDATION_SHARE = 0.15

Arrays = dict[str, NDArray[np.generic]]


def load_mosi(path: Path) -> Corpus:
    """Load the pack on its bc-LSTM split; a share of the training videos is kept for validation.

    Features are ``[N, 2 * CONTEXT + 1, 2 D]``: each slot holds a neighbour's vector and the utterance's own.
    Raises DataError where the file is missing, damaged, or lacks an array.
    """
    arrays = read_pack(
        path, ("id", "video", "segment", "label", "transcript", "bclstm_split", *VECTORS.values())
    )
    videos = arrays["video"].astype(str)
    split = np.where(arrays["bclstm_split"] == "test", "test", "train")
    kept = np.array([zlib.crc32(video.encode()) % 100 < 100 * VALIDATION_SHARE for video in videos])
    split = np.where((split == "train") & kept, "valid", split)
    around, real = neighbours(videos, arrays["segment"].astype(np.int64))
    splits: dict[Split, Utterances] = {}
    for name in ("train", "valid", "test"):
        chosen = np.flatnonzero(split == name)
        splits[name] = Utterances(
            ids=tuple(arrays["id"][chosen].astype(str)),
            groups=tuple(videos[chosen]),
            texts=tuple(arrays["transcript"][chosen].astype(str)),
            features={m: in_context(arrays[key], around, real)[chosen] for m, key in VECTORS.items()},
            masks=dict.fromkeys(VECTORS, real[chosen]),
            labels=arrays["label"][chosen].astype(np.float32),
        )
    return require_sound(Corpus("mosi-bclstm", (-3.0, 3.0), splits))


def read_pack(path: Path, keys: tuple[str, ...]) -> Arrays:
    """Arrays of an .npz file without pickles; raises DataError where one cannot be had."""
    try:
        with np.load(path, allow_pickle=False) as pack:
            missing = [key for key in keys if key not in pack]
            if missing:
                raise DataError(f"{path} lacks {', '.join(missing)}: it is not the MOSI pack")
            return {key: pack[key] for key in keys}
    except (OSError, ValueError) as error:
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


def in_context(
    vectors: NDArray[np.generic], rows: NDArray[np.intp], real: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Vectors ``[N, D]`` as sequences ``[N, T, 2 D]``: a neighbour's beside the own, else zero."""
    own = vectors.astype(np.float32)
    beside = np.broadcast_to(own[:, None], (*rows.shape, own.shape[1]))
    return np.where(real[..., None], np.concatenate([own[rows], beside], -1), np.float32(0))
