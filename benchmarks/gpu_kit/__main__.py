"""Packs the kit, and runs it.

    python -m benchmarks.gpu_kit pack DIR      on a machine with a package index: wheels, in parts, and a list
    python3 -m benchmarks.gpu_kit run DIR      on the machine with the card, in this repository

The second needs the standard library alone, and torch with CUDA for what it measures; it writes docs/gpu.md.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.gpu_kit.pack import PART_BYTES, pack
from benchmarks.gpu_kit.run import run_kit

PAGE = Path("docs") / "gpu.md"
_MB = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    """Pack or run; 1 if nothing could be measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="download wheels and cut them into parts")
    packing.add_argument("folder", type=Path)
    packing.add_argument("--python", default="3.12", help="version of the target's Python (default: 3.12)")
    packing.add_argument("--part-mb", type=int, default=PART_BYTES // _MB, help="the largest file, in MB")
    running = commands.add_parser("run", help="install, measure, write the page")
    running.add_argument("folder", type=Path)
    running.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    if options.command == "pack":
        return pack(options.folder, options.python, options.part_mb * _MB)
    return run_kit(options.folder, options.page)


if __name__ == "__main__":
    sys.exit(main())
