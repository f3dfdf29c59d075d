"""How a module of ours is started as a process of its own."""

import sys


def module_command(module: str) -> tuple[str, ...]:
    """Give the command that runs `module.main()`; what it imports comes from where this process has it from.

    ``python -m`` would look into the current folder first: the ``queue.py`` of a user in place of Python's.
    """
    code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; main()"
    return (sys.executable, "-c", code)
