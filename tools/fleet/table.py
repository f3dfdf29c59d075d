"""A fleet as people see it. Whoever may speak on its bus may send anything: no command to a terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fsrf_live.stream.flow.text import printable
from fsrf_live.tools.fleet.session import shown

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_COLOURS = {"running": "green", "waiting": "yellow", "restarting": "red", "ended": "dim"}


def fleet_table(said: Mapping[str, Any]) -> "Group":
    """Workers, and streams below them, of the answer to ``list``."""
    from rich.console import Group
    from rich.text import Text

    counts = f"{len(said['workers'])} workers, {len(said['streams'])} streams"
    return Group(Text(counts), _workers(said["workers"]), _streams(said["streams"]))


def _workers(workers: list[Mapping[str, Any]]) -> "Table":
    table = _table("worker", "load", "streams", "")
    for worker in workers:
        notes = ["leads"] if worker["leads"] else []
        notes += [] if worker["free"] else ["takes no more" if worker["joined"] else "learns the streams"]
        room = f"{worker['streams']} of {worker['most']}"
        table.add_row(printable(worker["worker"]), f"{worker['load']:.0%}", room, ", ".join(notes))
    return table


def _streams(streams: list[Mapping[str, Any]]) -> "Table":
    from rich.text import Text

    table = _table("stream", "state", "worker", "restarts", "last reading", "")
    for stream in streams:
        state = Text(printable(stream["state"]), style=_COLOURS.get(stream["state"], ""))
        restarts, about = str(stream.get("restarts") or ""), stream.get("reason") or shown(stream["spec"])
        names = printable(stream["stream"]), printable(stream["worker"] or "")
        table.add_row(names[0], state, names[1], restarts, printable(_reading(stream)), printable(about))
    return table


def _reading(stream: Mapping[str, Any]) -> str:
    reading = stream.get("reading")
    if reading is None:
        return ""
    doubt = "?" if reading["unsure"] else ""
    return f"{reading['score']:+.2f} {reading['label']}{doubt}, {stream['age_s']:.0f} s ago"


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
