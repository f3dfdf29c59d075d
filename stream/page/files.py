"""The files of the page.

They are read once and given from memory: no name that is asked for reaches the disk.
"""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def page_files() -> dict[str, tuple[bytes, str]]:
    """By their path in the address, ``/page.css``: their bytes, and of what type they are."""
    return {
        f"/{path.relative_to(_FOLDER).as_posix()}": (path.read_bytes(), _type_of(path))
        for path in _FOLDER.rglob("*")
        if path.suffix in _TYPES
    }


def _type_of(path: Path) -> str:
    return f"{_TYPES[path.suffix]}; charset=utf-8"
