"""The provenance of a page of figures: the command line, and the code's commit."""

import shlex
import subprocess
import sys
from pathlib import Path

FOLDERS = {"--data": "DATA", "--work": "WORK", "--report": "DIR"}
"""Placeholders for the folders of this machine."""
_NAMES = ("--models",)
"""Options whose values are names that may have a slash in them, not files."""


def command_line() -> str:
    """The command line as typed, without the folders of this machine."""
    words, option = ["fsrf"], ""
    for word in sys.argv[1:]:
        if not word.startswith("-"):
            words.append(_shown(option, word))
            option = ""
            continue
        option, equals, value = word.partition("=")
        words.append(f"{option}={_shown(option, value)}" if equals else word)
        option = "" if equals else option
    return shlex.join(words)


def _shown(option: str, value: str) -> str:
    """The value of an option, or of a positional argument (""), as it may be published."""
    return value if option in _NAMES else FOLDERS.get(option, Path(value).name)


def commit() -> str:
    """The repository's commit, marked if files differ from it; outside a repository the version.

    A package that is installed inside another repository does not belong to it, so git must know this file.
    """
    here = Path(__file__).resolve()
    try:
        _git(here.parent, "ls-files", "--error-unmatch", here.name)
        return _git(here.parent, "describe", "--always", "--dirty", "--abbrev=10")
    except (OSError, subprocess.SubprocessError):
        return f"of version {version()}"


def _git(folder: Path, *words: str) -> str:
    """The output of a git command in a folder; raises OSError, SubprocessError."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()


def version() -> str:
    """The installed version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("fsrf-live")
    except PackageNotFoundError:
        return "unknown (not installed)"
