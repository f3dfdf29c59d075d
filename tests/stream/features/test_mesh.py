"""How MediaPipe is imported, each time in a process of its own."""

import subprocess
import sys

import pytest

ONLY_THE_MESH = """
import sys
from fsrf_live.stream.features.mesh import FaceMesh
import numpy as np
mesh = FaceMesh()
assert mesh.look(np.full((240, 320, 3), 127, np.uint8)) is None
mesh.close()
print(*sorted({"matplotlib", "sounddevice", "mediapipe.tasks"} & set(sys.modules)))
"""
AFTER_THE_WHOLE = """
import mediapipe
from fsrf_live.stream.features.mesh import face_mesh_module
assert face_mesh_module() is mediapipe.solutions.face_mesh
print(mediapipe.__version__)
"""


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_mesh_brings_none_of_the_other_solutions() -> None:
    assert printed(ONLY_THE_MESH) == ""


def test_a_mediapipe_that_is_there_as_a_whole_is_used() -> None:
    pytest.importorskip("mediapipe")
    assert printed(AFTER_THE_WHOLE)
