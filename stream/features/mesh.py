"""MediaPipe's face mesh, whose models are in its wheel: the shell round the native graph."""

import numpy as np
from numpy.typing import NDArray

_FACES = 2
_BLANK = 192

Landmarks = NDArray[np.float64]


class FaceMesh:
    """Finds the largest face of a picture, and looks next where it was found last. One thread only."""

    def __init__(self) -> None:
        from mediapipe.python.solutions import face_mesh

        self._graph = face_mesh.FaceMesh(max_num_faces=_FACES, refine_landmarks=True)

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


def _area(landmarks: Landmarks) -> float:
    return float(np.prod(np.ptp(landmarks[:, :2], axis=0)))
