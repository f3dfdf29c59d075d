"""A profile for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fsrf_live.stream.reading.latency import PARTS

if TYPE_CHECKING:
    from fsrf_live.stream.flow.snapshot import Percentiles
    from fsrf_live.tools.profiling.profiling import Profile

_COLUMNS = ("p50", "p90", "p95", "p99", "max", "count")
MEANINGS = {
    "wait": "the price of a setting",
    "features": "until the engine begins",
    "engine": "all seven subsets",
    "emit": "making the reading",
    "processing": "all but the wait",
    "total": "",
}
SHARE_OF_NOTE = 0.0005


def profile_view(profile: "Profile", media: str, trace: Path | None) -> RenderableType:
    """Everything that was measured, as tables."""
    streams = "1 stream" if profile.streams == 1 else f"{profile.streams} streams"
    if profile.processes is not None:
        streams += " in 1 process" if profile.processes == 1 else f" in {profile.processes} processes"
    shown: list[RenderableType] = [
        Text(f"{media}: {streams} for {profile.seconds:.1f} s, engine {profile.engine}", "bold"),
        *_latency("final readings, ms after the intended moment", profile.parts),
        *_latency("readings of windows that are open", profile.partial),
    ]
    if profile.streams > 1:
        shown += [Text("\nprocessing of final readings by stream", "bold"), _by_stream(profile.each)]
    shown += [Text("\nCPU seconds per second of media", "bold"), _threads(profile)]
    shown += [Text(""), *(Text(line) for line in _facts(profile, trace))]
    return Group(*shown)


def _latency(title: str, parts: "Mapping[str, Percentiles]") -> list[RenderableType]:
    heading = Text(f"\n{title}", "bold")
    if not parts:
        return [heading, Text("none after the warm-up: give a longer clip, or --duration", "yellow")]
    table = _table("", ("", "left"))
    for name in PARTS:
        table.add_row(name, *_cells(parts[name]), Text(MEANINGS[name], "dim"), end_section=name == "emit")
    return [heading, table]


def _by_stream(each: "Sequence[Percentiles]") -> Table:
    table = _table("stream")
    for number, percentiles in enumerate(each, start=1):
        table.add_row(str(number), *_cells(percentiles))
    return table


def _table(first: str, *more: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column(first)
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for name, justify in more:
        table.add_column(name, justify=justify, overflow="ellipsis")  # type: ignore[arg-type]
    return table


def _cells(part: "Percentiles") -> list[str]:
    return [f"{getattr(part, name):.1f}" for name in _COLUMNS[:-1]] + [str(part.count)]


def _threads(profile: "Profile") -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("thread")
    table.add_column("CPU", justify="right")
    for name, seconds in profile.stages.items():
        if seconds >= SHARE_OF_NOTE:
            table.add_row(name, f"{seconds:.3f}")
    table.add_row(Text("all", "bold"), Text(f"{profile.cpu_seconds_per_second:.3f}", "bold"))
    return table


def _memory(profile: "Profile") -> str:
    if profile.processes is None:
        return f"peak memory: {profile.peak_memory_mb:.0f} MB"
    further = profile.further_stream_mb
    each = "" if further is None else f", {further:.0f} MB for each stream but the first"
    return f"memory of all processes: {profile.memory_mb:.0f} MB{each}"


def _facts(profile: "Profile", trace: Path | None) -> list[str]:
    drops = ", ".join(f"{name} {count}" for name, count in profile.drops.items() if count) or "none"
    lines = [
        f"real-time factor of the busiest thread: {profile.real_time_factor:.3f}",
        _memory(profile),
        f"drops: {drops}",
        f"{profile.cores} cores at three quarters would carry about {profile.streams_carried} such streams",
    ]
    if profile.batches:
        runs = ", ".join(f"{count} of {size}" for size, count in sorted(profile.batches.items()))
        lines.append(f"runs of the shared engine by windows in each: {runs}")
    if profile.growth_ms is not None:
        lines.append(f"mean processing, second half less first: {profile.growth_ms:+.1f} ms")
    if trace is not None:
        lines.append(f"trace: {trace} (open it at ui.perfetto.dev)")
    return lines
