"""What can be chosen by name: what this program has built in, and what other packages add by entry points.

[project.entry-points."fsrf_live.sinks"]
pigeon = "their_package.module:open_sink"
"""

import pkgutil
from collections.abc import Mapping
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import UsageError

PluginGroup = Literal["fsrf_live.sinks", "fsrf_live.sources", "fsrf_live.recognisers"]
BuiltIn = Mapping[str, str]
"""By its name, where a built-in one is: ``module:attribute``, as in an entry point."""


def find_plugin(group: PluginGroup, name: str, built_in: BuiltIn) -> str:
    """Where a name is, as ``module:attribute``, without importing it; raises UsageError if there is none.

    A name that is built in cannot be taken over: installing a package must not change what a command does.
    """
    if name in built_in:
        return built_in[name]
    from importlib.metadata import entry_points  # 25 ms, of which a start with built-in names needs none

    added = {entry.name: f"{entry.module}:{entry.attr}" for entry in entry_points(group=group)}
    if name not in added:
        kind, known = group.rpartition(".")[2], sorted({*added, *built_in})
        there_is = f"there is {', '.join(known)}" if known else "no package adds any"
        raise UsageError(f"none of the {kind} is called {name!r}: {there_is}")
    return added[name]


def load_plugin(group: PluginGroup, name: str, built_in: BuiltIn) -> Any:
    """What a name stands for; raises UsageError if there is no such name, or if it cannot be imported."""
    place = find_plugin(group, name, built_in)
    try:
        return pkgutil.resolve_name(place)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"{name} of {place} cannot be loaded ({error}): install it again") from error
