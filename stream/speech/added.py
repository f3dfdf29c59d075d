"""Recognisers that other packages add, by name."""

from collections.abc import Callable

from fsrf_live.stream.flow.plugins import load_plugin
from fsrf_live.stream.speech.recogniser import Recogniser


def added_recogniser(name: str) -> Callable[[], Recogniser]:
    """What loads the recogniser of that name; raises UsageError if no package adds one."""
    load: Callable[[], Recogniser] = load_plugin("fsrf_live.recognisers", name, {})
    return load
