"""``python -m tests.own_coverage``: each module of pure logic is tested by its own test module, alone.

Total coverage hides a module that only whole sessions run through: it breaks, and no test says where. So a
line counts here only if its import ran it, or a test in the module's mirror did: ``stream/windows/buffer.py``
has ``test_buffer.py`` and ``test_buffer_*.py``. A module of declarations alone needs no mirror.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
ROOMS = ("stream/windows", "stream/supervision", "stream/faults", "stream/flow")
LEAST = 95.0
IMPORTED = ""
"""Coverage's own name for what runs before the first test: the imports."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a module's own tests run of it."""

    module: str
    percent: float
    missing: tuple[int, ...]
    mirrored: bool

    def line(self) -> str:
        """For the terminal."""
        where = "" if self.mirrored else ", and it has no test module of its own"
        lines = f": not {', '.join(map(str, self.missing))}" if self.missing else ""
        return f"{self.percent:6.1f} %  {self.module}{where}{lines}"


class ByTestModule:
    """Tells coverage which test module runs."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Before a test and its fixtures."""
        self._measured.switch_context(item.path.relative_to(REPOSITORY).as_posix())


def own_coverage(measured: coverage.Coverage, path: Path) -> Own:
    """Of one module, after the tests have run."""
    module = path.relative_to(REPOSITORY)
    mirror = re.compile(rf"tests/{module.parent.as_posix()}/test_{module.stem}(_\w+)?\.py")
    data = measured.get_data()
    own = [context for context in data.measured_contexts() if mirror.fullmatch(context)]
    data.set_query_contexts([f"^{re.escape(context)}$" for context in (IMPORTED, *own)])
    statements = measured.analysis2(str(path))[1]
    ran = set(data.lines(str(path)) or ())
    missing = tuple(number for number in statements if number not in ran)
    percent = 100.0 * (1 - len(missing) / len(statements)) if statements else 100.0
    return Own(module.as_posix(), percent, missing, bool(own))


def modules() -> Iterator[Path]:
    """Every module of the rooms, without their faces."""
    for room in ROOMS:
        yield from (path for path in sorted((REPOSITORY / room).glob("*.py")) if path.stem != "__init__")


def main() -> int:
    """Run the tests of the rooms and print a line for each module below `LEAST`; 1 if there is any."""
    include = [str(REPOSITORY / room / "*") for room in ROOMS]
    measured = coverage.Coverage(data_file=None, config_file=False, include=include)
    measured.start()
    failed = pytest.main(
        ["-q", "-p", "no:cacheprovider", *(f"tests/{room}" for room in ROOMS)], [ByTestModule(measured)]
    )
    measured.stop()
    found = [own_coverage(measured, path) for path in modules()]
    below = [each for each in found if each.percent < LEAST]
    for each in below:
        print(each.line())
    print(f"own coverage: {len(found) - len(below)} of {len(found)} modules have {LEAST:g} % or more")
    return int(failed != 0 or bool(below))


if __name__ == "__main__":
    sys.exit(main())
