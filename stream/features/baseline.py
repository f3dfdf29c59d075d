"""A person's rest, measured once and kept: the resting face and the usual voice that answers are relative to.

Without one, both are learned from what passes by (`stream.features.neutral`,
`stream.features.sound.usual`), which takes seconds of a face that looks neutral and of talk. The file is
safetensors with the names of the features in its header; it holds means, no pictures and no sound.
"""

import json
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import FEATURES
from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.fsrf.common.files import write_whole
from fsrf_live.stream.features.geometry import GEOMETRY_WIDTH
from fsrf_live.stream.features.sound.usual import SPEECH, usual_of
from fsrf_live.stream.flow.items import FaceFeatures, VoiceFeatures

FEWEST_FACES, FEWEST_SPOKEN = 30, 100
"""Faces, of which there are ten a second, and hops of speech, of which there are 25: 3 s and 4 s."""
_MOST = 3000
_HEADER = "fsrf-baseline"
_SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """``face [384] float32``, the geometry of the resting face, and ``voice [56] float32``, the usual voice.

    None: not measured; that part is then learned from what passes by.
    """

    face: Floats | None = None
    voice: Floats | None = None


NOTHING_KNOWN = Rest()


class BaselineMeter:
    """Collects features that are relative to nobody, and says what is at rest in them. Memory is bounded."""

    def __init__(self) -> None:
        self._faces: deque[Floats] = deque(maxlen=_MOST)
        self._hops: deque[Floats] = deque(maxlen=_MOST)

    def take(self, features: FaceFeatures | VoiceFeatures) -> None:
        """Count what was seen or heard; pictures without a face and hops without speech are passed over."""
        if features.vector is None:
            return
        if isinstance(features, FaceFeatures):
            self._faces.append(features.vector[:GEOMETRY_WIDTH])
        elif features.speech >= SPEECH:
            self._hops.append(features.vector)

    @property
    def faces(self) -> int:
        """Faces seen."""
        return len(self._faces)

    @property
    def hops(self) -> int:
        """Hops of speech heard."""
        return len(self._hops)

    def baseline(self) -> Rest:
        """The steadiest half of the faces, and all speech; None for what there was too little of.

        The face is the median of the half that lies nearest to the median of all: who smiles or speaks for a
        part of the time is still at rest in the other.
        """
        return Rest(
            _steady(np.stack(self._faces)) if self.faces >= FEWEST_FACES else None,
            _usual(np.stack(self._hops)) if self.hops >= FEWEST_SPOKEN else None,
        )


def baseline_path(name: str) -> Path:
    """Where the baseline of that name is kept, in the user's own data; raises UsageError for no name.

    A name that ends in ``.safetensors`` is a file's.
    """
    from platformdirs import user_data_path

    if name.endswith(_SUFFIX):
        return Path(name)
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise UsageError(
            f"{name!r} is no name for a baseline: take letters, digits, - and _, or a file in {_SUFFIX}"
        )
    return user_data_path("fsrf-live") / "baselines" / f"{name}{_SUFFIX}"


def write_baseline(path: Path, baseline: Rest) -> None:
    """Keep a baseline, whole or not at all, for its owner's eyes alone; raises RecordingError."""
    parts = {"face": (baseline.face, FEATURES["video"]), "voice": (baseline.voice, FEATURES["audio"])}
    arrays = {name: value for name, (value, _) in parts.items() if value is not None}
    header = {name: features for name, (_, features) in parts.items() if name in arrays}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(arrays, {_HEADER: json.dumps(header)}))
        path.chmod(0o600)
    except OSError as error:
        raise RecordingError(
            f"cannot keep the baseline {path}: {error.strerror or error}; choose a place that can be written"
        ) from error


def read_baseline(path: Path) -> Rest:
    """A baseline that was kept; raises UsageError if there is none, RecordingError if it is of no use."""
    try:
        content = path.read_bytes()
        arrays = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        features_of = json.loads(header["__metadata__"][_HEADER])
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no baseline {path.stem}: measure it with 'fsrf baseline {path.stem}'"
        ) from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path} is not a baseline, or is damaged: measure it again") from error
    wanted = {"face": (FEATURES["video"], GEOMETRY_WIDTH), "voice": (FEATURES["audio"], None)}
    for name, vector in arrays.items():
        features, width = wanted.get(name, ("", None))
        if features_of.get(name) != features or vector.ndim != 1 or not np.isfinite(vector).all():
            raise RecordingError(
                f"the baseline {path} was measured by another version: measure it again with 'fsrf baseline'"
            )
        if width is not None and len(vector) != width:
            raise RecordingError(f"{path} is not a baseline, or is damaged: measure it again")
    return Rest(arrays.get("face"), arrays.get("voice"))


def _steady(faces: Floats) -> Floats:
    away = np.linalg.norm(faces - np.median(faces, axis=0), axis=1)
    nearest = np.argsort(away, kind="stable")[: (len(faces) + 1) // 2]
    return np.asarray(np.median(faces[nearest], axis=0), np.float32)


def _usual(hops: Floats) -> Floats:
    spoken: NDArray[np.float32] = np.ones(len(hops), np.float32)
    return np.asarray(usual_of(hops, spoken), np.float32)
