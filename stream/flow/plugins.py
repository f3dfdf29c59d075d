"""What other packages add: sinks, sources and recognisers, by the entry points that they declare.

[project.entry-points."fsrf_live.sinks"]
mqtt = "their_package.module:open_sink"
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import UsageError

PluginGroup = Literal["fsrf_live.sinks", "fsrf_live.sources", "fsrf_live.recognisers"]


def plugins(group: PluginGroup) -> dict[str, EntryPoint]:
    """What is installed of a group, by name; nothing is imported."""
    return {entry.name: entry for entry in entry_points(group=group)}


def load_plugin(group: PluginGroup, name: str) -> Any:
    """What an entry point names; raises UsageError if there is none, or if it cannot be imported."""
    found = plugins(group)
    if name not in found:
        kind = group.rpartition(".")[2]
        there_is = f"there is {', '.join(sorted(found))}" if found else "no package adds any"
        raise UsageError(f"none of the {kind} is called {name!r}: {there_is}")
    try:
        return found[name].load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"{name} of {found[name].value} cannot be loaded ({error}): install it again"
        ) from error
