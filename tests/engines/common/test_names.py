"""What engines there are: one list, which everything else reads."""

from fsrf_live.engines.common.names import ENGINE_NAMES, ENGINES
from tests.conftest import REPOSITORY


def test_any_engine_and_auto_may_be_asked_for() -> None:
    assert ("auto", *ENGINES) == ENGINE_NAMES


def test_an_engine_is_installed_if_one_of_its_packages_is() -> None:
    assert ENGINES["onnx"].installed
    assert not type(ENGINES["onnx"])(("no_such_package",), "none").installed


def test_no_other_file_lists_them() -> None:
    listing = {
        str(path.relative_to(REPOSITORY))
        for top in ("stream", "tools", "engines")
        for path in (REPOSITORY / top).rglob("*.py")
        if all(f'"{name}"' in path.read_text(encoding="utf-8") for name in ENGINES)
    }
    assert listing == {"engines/common/names.py", "engines/select.py"}
