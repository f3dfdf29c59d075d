"""The files that a browser is given.

They are read once and given from memory: no name that is asked for reaches the disk.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

WebFiles = Mapping[str, tuple[bytes, str]]
"""By their path in the address, ``/page.css``: their bytes, and of what type they are."""
_PAGE = Path(__file__).parent.parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def page_files() -> WebFiles:
    """Those of the page."""
    return files_of(_PAGE)


def files_of(folder: Path) -> WebFiles:
    """Those of a folder that ships with the program."""
    return {
        f"/{path.relative_to(folder).as_posix()}": (path.read_bytes(), _type_of(path))
        for path in folder.rglob("*")
        if path.suffix in _TYPES
    }


def _type_of(path: Path) -> str:
    return f"{_TYPES[path.suffix]}; charset=utf-8"
