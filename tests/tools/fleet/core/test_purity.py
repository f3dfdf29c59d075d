"""The core does no input and no output, and has no clock and no chance of its own."""

import ast
import sys

from tests.conftest import REPOSITORY

IMPURE = {
    "asyncio",
    "multiprocessing",
    "os",
    "pathlib",
    "queue",
    "random",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def test_the_core_imports_only_what_computes() -> None:
    for module in (REPOSITORY / "tools/fleet/core").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.partition(".")[0]
                ours = name.startswith("fsrf_live.tools.fleet.core.") or name == "fsrf_live.stream.flow.clock"
                assert ours or (top in sys.stdlib_module_names and top not in IMPURE), (
                    f"{module.name}: {name}"
                )
