"""What a wheel puts into an environment: one name."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "src", "engines", "fsrf", "stream", "tools")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files in the wheel, built from a copy: what a build leaves must not lie in the repository."""
    pytest.importorskip("setuptools", reason="a wheel is built with setuptools")
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("out")
    subprocess.run(["cp", "-a", *(str(REPOSITORY / name) for name in SOURCES), str(copy)], check=True)
    build = "import setuptools.build_meta as build, sys; build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=copy, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_it_has_one_top_level_name(names: list[str]) -> None:
    tops = {Path(name).parts[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"fsrf_live"}


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "__init__.py",
        "_listening.py",
        "tools/main.py",
        "stream/flow/sinks.py",
        "stream/features/appearance.onnx",
        "stream/features/covering.onnx",
        "stream/features/sound/tone.onnx",
        "fsrf/data/said.tsv",
        "stream/page/static/page.html",
        "stream/page/static/uplot/LICENSE",
        "stream/page/static/uplot/uPlot.iife.min.js",
        "fsrf/checkpoints/live.safetensors",
    ],
)
def test_it_has_what_is_needed(names: list[str], name: str) -> None:
    assert f"fsrf_live/{name}" in names


def test_it_has_no_scripts_of_the_repository(names: list[str]) -> None:
    assert [name for name in names if name.startswith("fsrf_live/tools/make")] == []
