"""What a page of figures says of its making: the command line, and the code's commit."""

import shlex
import subprocess
import sys
from pathlib import Path


def command_line() -> str:
    """The command line as it was typed, with the folders of this machine left out."""
    words = ["fsrf", *sys.argv[1:]]
    for option, stands in (("--data", "DATA"), ("--work", "WORK"), ("--report", "DIR")):
        if option in words[:-1]:
            words[words.index(option) + 1] = stands
    return shlex.join(words)


def commit() -> str:
    """The repository's commit, with a mark where files differ from it; where there is none, the version."""
    from tools.main import version

    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return f"of version {version()}"
    return done.stdout.strip()
