"""Measures the engines on a GPU, and writes docs/gpu.md.

    python -m benchmarks.gpu               on a machine where this program is installed
    python -m benchmarks.gpu pack DIR      where a package index is: wheels, in parts, for a bare machine
    python3 -m benchmarks.gpu run DIR      on the bare machine with the card, in this repository

The last needs the standard library alone, and torch with CUDA for what it measures.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.gpu.pack import PART_BYTES, pack
from benchmarks.gpu.run import measured

PAGE = Path("docs") / "gpu.md"
_MB = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    """Measure or pack; 1 if nothing could be measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, default=PAGE)
    commands = parser.add_subparsers(dest="command")
    packing = commands.add_parser("pack", help="download wheels and cut them into parts")
    packing.add_argument("folder", type=Path)
    packing.add_argument("--python", default="3.12", help="version of the target's Python (default: 3.12)")
    packing.add_argument("--part-mb", type=int, default=PART_BYTES // _MB, help="the largest file, in MB")
    running = commands.add_parser("run", help="install, measure, write the page")
    running.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "pack":
        return pack(options.folder, options.python, options.part_mb * _MB)
    if options.command == "run":
        return measured(options.folder, options.page, carried=True)
    with tempfile.TemporaryDirectory() as folder:
        return measured(Path(folder), options.page, carried=False)


if __name__ == "__main__":
    sys.exit(main())
