"""Which TensorRT is taken, and the error if none loads."""

from types import ModuleType
from typing import Any

import pytest

from fsrf_live.engines.tensorrt.library import open_library
from fsrf_live.fsrf.common.errors import EngineError


def importing(monkeypatch: pytest.MonkeyPatch, found: dict[str, Any]) -> None:
    """Only these modules can be imported; an exception is raised instead."""

    def import_module(name: str) -> Any:
        if name not in found:
            raise ModuleNotFoundError(name)
        if isinstance(found[name], Exception):
            raise found[name]
        return found[name]

    monkeypatch.setattr("fsrf_live.engines.tensorrt.library.importlib.import_module", import_module)


def module(name: str) -> ModuleType:
    made = ModuleType(name)
    made.__version__ = "1.2"  # type: ignore[attr-defined]
    made.ILogger = type("ILogger", (), {"Severity": None})  # type: ignore[attr-defined]
    return made


def test_without_tensorrt_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    importing(monkeypatch, {})
    with pytest.raises(EngineError, match=r"not installed: install fsrf-live\[rtx\]"):
        open_library()


@pytest.mark.parametrize("error", [ImportError("libnvinfer.so.11\nmore"), OSError("no libcudart")])
def test_one_that_does_not_load_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    importing(monkeypatch, {"tensorrt_rtx": error})
    with pytest.raises(EngineError, match="tensorrt_rtx is installed but does not load") as caught:
        open_library()
    assert str(caught.value).endswith(str(error).splitlines()[0])


@pytest.mark.parametrize(
    ("installed", "taken"),
    [(("tensorrt", "tensorrt_rtx"), "tensorrt"), (("tensorrt_rtx",), "tensorrt_rtx")],
)
def test_the_full_tensorrt_goes_first(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], taken: str
) -> None:
    importing(monkeypatch, {name: module(name) for name in installed})
    library = open_library()
    assert (library.name, library.version) == (taken, "1.2")
