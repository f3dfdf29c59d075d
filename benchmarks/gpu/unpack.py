"""Unpacks wheels into a folder, the smallest first: python -m benchmarks.gpu.unpack INTO WHEEL...

A wheel is an archive of what has to lie there (PEP 427), and the machine may have no pip. What is unpacked
stays if the rest is stopped. Scripts and headers are left out. Standard library alone.
"""

import sys
import zipfile
from pathlib import Path

_INSIDE = ("purelib", "platlib")


def unpack(wheel: Path, into: Path) -> None:
    """Raises OSError and BadZipFile."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            parts = Path(member.filename).parts
            if parts and parts[0].endswith(".data"):
                if len(parts) < 3 or parts[1] not in _INSIDE:
                    continue
                member.filename = "/".join(parts[2:])
            if not member.is_dir():
                archive.extract(member, into)


def main(arguments: list[str]) -> int:
    """1 if a wheel could not be unpacked; the others are."""
    into, *wheels = map(Path, arguments)
    status = 0
    for wheel in sorted(wheels, key=lambda path: path.stat().st_size):
        try:
            unpack(wheel, into)
            print(f"unpacked {wheel.name}", flush=True)
        except (OSError, zipfile.BadZipFile) as error:
            status = 1
            print(f"{wheel.name} cannot be unpacked ({error})", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
