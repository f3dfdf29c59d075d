"""The public face: these names, imported when they are used, typed, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mypy import api

import fsrf_live

HEAVY = (
    *("numpy", "torch", "cv2", "rich", "av", "onnxruntime", "ai_edge_litert", "asyncio"),
    "fsrf_live.stream",
)
SCRIPT = """\
import fsrf_live

for record in fsrf_live.analyze("talk.mp4"):
    reveal_type(record)
with fsrf_live.listen(camera="0", mic="default") as session:
    reveal_type([record for record in session])
reveal_type(fsrf_live.__version__)
"""


def in_a_fresh_python(code: str) -> Any:
    """What a program prints as JSON."""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_it_exports_these_names() -> None:
    assert fsrf_live.__all__ == [
        "Engine",
        "Event",
        "Marker",
        "Reading",
        "Recogniser",
        "Record",
        "Sink",
        "Source",
        "Summary",
        "WindowSettings",
        "__version__",
        "analyze",
        "listen",
        "load_engine",
    ]
    assert dir(fsrf_live) == sorted(fsrf_live.__all__)


@pytest.mark.parametrize("name", fsrf_live.__all__)
def test_each_name_is_there(name: str) -> None:
    assert getattr(fsrf_live, name) is not None


def test_another_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'listne'"):
        fsrf_live.listne  # type: ignore[attr-defined]  # noqa: B018


def test_nothing_heavy_is_imported_and_nothing_else_is_public() -> None:
    loaded, public = in_a_fresh_python(
        "import fsrf_live, sys, json;"
        "print(json.dumps([list(sys.modules), [n for n in vars(fsrf_live) if not n.startswith('_')]]))"
    )
    assert [name for name in HEAVY if name in loaded] == []
    assert public == []


def test_a_name_is_imported_once_it_is_used() -> None:
    loaded = in_a_fresh_python(
        "import fsrf_live, sys, json; fsrf_live.WindowSettings(); print(json.dumps(list(sys.modules)))"
    )
    assert "fsrf_live.stream.flow.settings" in loaded
    assert [name for name in HEAVY[:4] if name in loaded] == []


def test_a_strictly_typed_script_finds_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    monkeypatch.setenv("MYPYPATH", str(Path(fsrf_live.__file__).parent.parent))
    found, errors, _ = api.run(
        ["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(tmp_path / "script.py")]
    )
    either = "fsrf_live.stream.flow.records.{}"
    record = " | ".join(either.format(name) for name in ("Reading", "Event", "Marker", "Summary"))
    assert errors == ""
    assert f'"{record}"' in found
    assert f"list[{record}]" in found
    assert 'script.py:7: note: Revealed type is "str"' in found.replace("builtins.", "")
