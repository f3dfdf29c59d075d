"""CMU-MOSEI, CMU-MOSI and CH-SIMS in the file layout of MMSA (Mao et al., ACL 2022 demo; thuiar/MMSA).

One pickle holds the splits train, valid and test; each has raw_text, text ``[N, L, 768]``, text_bert
``[N, 3, L]`` (token ids, attention mask, segment ids), audio ``[N, T, D]`` with audio_lengths, vision
``[N, T, D]`` with vision_lengths, regression_labels ``[N]`` and id. It is read with a restricted unpickler
and written once, beside it, as safetensors.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.data.pickles import read_pickle
from fsrf_live.fsrf.data.utterances import SPLITS, Benchmark, Split, Utterances, require_sound

LABEL_RANGES = {"mosei": (-3.0, 3.0), "mosi": (-3.0, 3.0), "sims": (-1.0, 1.0)}
_KEYS = ("raw_text", "text", "text_bert", "audio", "vision", "regression_labels", "id")


def load_mmsa(path: Path, name: str) -> Benchmark:
    """Load the corpus `name` (mosei, mosi, sims) from an MMSA feature file.

    Raises DataError if the file is damaged, lacks a key, or holds data that cannot be trusted (see
    `fsrf.data.utterances.require_sound`). Audio of -inf, which MMSA's COVAREP features have in silence, is 0.
    """
    if name not in LABEL_RANGES:
        raise DataError(f"no corpus is called {name!r}: choose one of {', '.join(LABEL_RANGES)}")
    converted = path.with_suffix(".safetensors")
    stamp = _stamp(path)
    splits = _read_converted(converted, stamp)
    if splits is None:
        splits = _from_pickle(path)
        _write_converted(converted, splits, stamp)
    return require_sound(Benchmark(name, LABEL_RANGES[name], splits))


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(
            f"{path} cannot be opened ({error.strerror}): name the corpus's feature file"
        ) from error
    return f"{status.st_size}:{status.st_mtime_ns}"


def _from_pickle(path: Path) -> dict[Split, Utterances]:
    content = read_pickle(path)
    if not isinstance(content, dict):
        raise DataError(f"{path} holds a {type(content).__name__}, not the splits train, valid and test")
    for split in SPLITS:
        if not isinstance(content.get(split), dict):
            raise DataError(f"{path} has no split {split!r}: MMSA's files have {', '.join(SPLITS)}")
    return {split: _utterances(content[split], f"{path.name}, split {split}") for split in SPLITS}


def _utterances(raw: dict[str, Any], where: str) -> Utterances:
    missing = [key for key in _KEYS if key not in raw]
    if missing:
        raise DataError(f"{where} lacks {', '.join(missing)}: it is not in MMSA's layout")
    text = _array(raw, "text", 3, where)
    audio = _array(raw, "audio", 3, where)
    audio = np.where(np.isneginf(audio), np.float32(0), audio)
    vision = _array(raw, "vision", 3, where)
    labels = _array(raw, "regression_labels", 1, where)
    masks = {
        "text": _text_mask(_array(raw, "text_bert", 3, where), text.shape[1], where),
        "audio": _length_mask(raw.get("audio_lengths"), audio, f"{where}, audio"),
        "video": _length_mask(raw.get("vision_lengths"), vision, f"{where}, vision"),
    }
    ids = tuple(str(one) for one in raw["id"])
    counts = {len(ids), len(raw["raw_text"]), len(text), len(audio), len(vision), len(labels)}
    if len(counts) != 1:
        raise DataError(f"{where} has arrays of different lengths {sorted(counts)}: the file is damaged")
    features = {"text": text, "audio": audio, "video": vision}
    return Utterances(
        ids=ids,
        groups=tuple(one.split("$_$")[0] for one in ids),
        texts=tuple(str(one) for one in raw["raw_text"]),
        features={m: np.where(masks[m][..., None], features[m], np.float32(0)) for m in MODALITIES},
        masks={m: masks[m] for m in MODALITIES},
        labels=labels,
    )


def _array(raw: dict[str, Any], key: str, dimensions: int, where: str) -> NDArray[np.float32]:
    try:
        array = np.asarray(raw[key], dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{where}: {key} is not an array of numbers ({error}): the file is damaged"
        ) from error
    if array.ndim != dimensions:
        raise DataError(
            f"{where}: {key} has {array.ndim} dimensions, not {dimensions}: it is not in MMSA's layout"
        )
    return array


def _text_mask(bert: NDArray[np.float32], length: int, where: str) -> NDArray[np.bool_]:
    """True on word pieces; [CLS] and [SEP] must not stay behind when the text is missing."""
    if bert.shape[1:] != (3, length):
        raise DataError(
            f"{where}: text_bert is {bert.shape[1:]}, not (3, {length}) as its text: the file is damaged"
        )
    attended = bert[:, 1] > 0
    position = np.arange(length)
    words: NDArray[np.bool_] = attended & (position > 0) & (position < attended.sum(1, keepdims=True) - 1)
    return words


def _length_mask(lengths: Any, features: NDArray[np.float32], where: str) -> NDArray[np.bool_]:
    """True up to each utterance's length; without lengths, wherever a frame is not all zeros."""
    if lengths is None:
        return np.asarray(np.any(features != 0, axis=-1), np.bool_)
    counts = np.asarray(lengths)
    if counts.shape != (len(features),) or (counts < 0).any() or (counts > features.shape[1]).any():
        raise DataError(
            f"{where}: lengths must be {len(features)} numbers from 0 to {features.shape[1]}: correct it"
        )
    within: NDArray[np.bool_] = np.arange(features.shape[1]) < counts[:, None]
    return within


def _write_converted(path: Path, splits: dict[Split, Utterances], stamp: str) -> None:
    tensors: dict[str, NDArray[Any]] = {}
    strings: dict[str, Any] = {}
    for split, utterances in splits.items():
        strings[split] = {"ids": utterances.ids, "groups": utterances.groups, "texts": utterances.texts}
        tensors[f"{split}.labels"] = utterances.labels
        for modality in MODALITIES:
            tensors[f"{split}.{modality}"] = np.ascontiguousarray(utterances.features[modality])
            tensors[f"{split}.{modality}_mask"] = np.ascontiguousarray(utterances.masks[modality])
    partial = path.with_suffix(".partial")
    try:
        save_file(tensors, partial, {"source": stamp, "strings": json.dumps(strings)})
        partial.replace(path)
    except (OSError, SafetensorError):
        # a read-only or full folder costs the next run its conversion, not this one its data
        partial.unlink(missing_ok=True)


def _read_converted(path: Path, stamp: str) -> dict[Split, Utterances] | None:
    """The splits of an earlier conversion, or None if there is none, or it was made from another file."""
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if metadata.get("source") != stamp:
                return None
            strings = json.loads(metadata["strings"])
            return {split: _converted_split(file, split, strings[split]) for split in SPLITS}
    except (OSError, SafetensorError, KeyError, ValueError):
        return None


def _converted_split(file: Any, split: Split, strings: dict[str, list[str]]) -> Utterances:
    return Utterances(
        ids=tuple(strings["ids"]),
        groups=tuple(strings["groups"]),
        texts=tuple(strings["texts"]),
        features={m: file.get_tensor(f"{split}.{m}") for m in MODALITIES},
        masks={m: file.get_tensor(f"{split}.{m}_mask") for m in MODALITIES},
        labels=file.get_tensor(f"{split}.labels"),
    )
