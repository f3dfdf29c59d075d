"""What can be chosen by name: what this program has built in, and what other packages add by entry points.

[project.entry-points."fsrf_live.sinks"]
mqtt = "their_package.module:open_sink"
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import UsageError

PluginGroup = Literal["fsrf_live.sinks", "fsrf_live.sources", "fsrf_live.recognisers"]
BuiltIn = Mapping[str, str]
"""By its name, where a built-in one is: ``module:attribute``, as in an entry point."""


def find_plugin(group: PluginGroup, name: str, built_in: BuiltIn) -> EntryPoint:
    """Look a name up without importing anything; raises UsageError if there is none.

    A name that is built in cannot be taken over: installing a package must not change what a command does.
    """
    added = {entry.name: entry for entry in entry_points(group=group)}
    found = added | {own: EntryPoint(own, value, group) for own, value in built_in.items()}
    if name not in found:
        kind = group.rpartition(".")[2]
        there_is = f"there is {', '.join(sorted(found))}" if found else "no package adds any"
        raise UsageError(f"none of the {kind} is called {name!r}: {there_is}")
    return found[name]


def load_plugin(group: PluginGroup, name: str, built_in: BuiltIn) -> Any:
    """What a name stands for; raises UsageError if there is no such name, or if it cannot be imported."""
    entry = find_plugin(group, name, built_in)
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{name} of {entry.value} cannot be loaded ({error}): install it again") from error
