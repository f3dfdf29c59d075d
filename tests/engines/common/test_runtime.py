"""ONNX Runtime in a process of its own, with a cache of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

OPENS_A_NETWORK = """
from fsrf_live.stream.features.appearance import AppearanceNetwork
import numpy, os
AppearanceNetwork().vector(numpy.zeros((48, 48), numpy.uint8))
print(*os.listdir("/proc/self/task"))
"""


def test_a_network_runs_and_nothing_is_kept_to_be_sent(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    environment |= {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(REPOSITORY / "src"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", OPENS_A_NETWORK], env=environment, capture_output=True, text=True, check=True
    )
    assert len(ran.stdout.split()) == 1, "no thread but its own"
    assert list(tmp_path.rglob("*onnx*")) == []
