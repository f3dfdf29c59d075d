"""MediaPipe's face mesh, whose models are in its wheel: the shell round the native graph."""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FACES = 2
_BLANK = 192
_PACKAGE = "mediapipe"
_SOLUTIONS = "mediapipe.python.solutions"

Landmarks = NDArray[np.float64]


class FaceMesh:
    """Finds the largest face of a picture, and looks next where it was found last. One thread only."""

    def __init__(self) -> None:
        self._graph = face_mesh_module().FaceMesh(max_num_faces=_FACES, refine_landmarks=True)

    def look(self, picture: NDArray[np.uint8]) -> Landmarks | None:
        """Landmarks ``[478, 3]`` in pixels of ``picture [H, W, 3] uint8`` RGB; None without a face."""
        faces = self._graph.process(picture).multi_face_landmarks or []
        height, width = picture.shape[:2]
        scale = np.array([width, height, width], np.float64)
        found = [np.array([(p.x, p.y, p.z) for p in face.landmark]) * scale for face in faces]
        return max(found, key=_area, default=None)

    def forget(self) -> None:
        """Forget where the face was: the next picture has nothing to do with this one.

        A blank picture makes the graph lose the face; resetting the graph loads its models again.
        """
        self.look(np.zeros((_BLANK, _BLANK, 3), np.uint8))

    def close(self) -> None:
        """Free the native graph."""
        self._graph.close()


def face_mesh_module() -> Any:
    """MediaPipe's `face_mesh`, without all its other solutions.

    The `__init__` of the two packages above it import every solution, matplotlib and sounddevice (which
    starts PortAudio): twice the time and 100 MB for nothing. So these two packages are put in place without
    being run, unless somebody has imported mediapipe as a whole before; a mediapipe that is laid out in
    another way is imported as a whole.
    """
    spec = find_spec(_PACKAGE) if _PACKAGE not in sys.modules else None
    if spec is not None and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0], "python", "solutions")
        inner = spec_from_file_location(
            _SOLUTIONS, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if inner is not None and (folder / "face_mesh.py").is_file():
            sys.modules.setdefault(_SOLUTIONS, module_from_spec(inner))
            sys.modules.setdefault(_PACKAGE, module_from_spec(spec))
    from mediapipe.python.solutions import face_mesh

    return face_mesh


def _area(landmarks: Landmarks) -> float:
    return float(np.prod(np.ptp(landmarks[:, :2], axis=0)))
