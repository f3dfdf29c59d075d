"""The libraries that sinks stand on come with extras."""

import importlib
from typing import Any

from fsrf_live.fsrf.common.errors import UsageError


def library_of(sink: str, module: str) -> Any:
    """The module that a sink needs, from the extra of the sink's name; raises UsageError if it is missing."""
    try:
        return importlib.import_module(module)
    except (ImportError, OSError, RuntimeError) as error:  # pylsl raises the last if the system is too old
        raise UsageError(
            f"{sink} needs {module.partition('.')[0]} ({error}): pip install 'fsrf-live[{sink}]'"
        ) from error
