"""The JSON record of a profile. Its field names are a promise, as in `stream.flow.records`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fsrf_live.stream.flow.snapshot import Percentiles
from fsrf_live.tools.profiling.profiling import Profile


def encode_profile(profile: Profile) -> str:
    """One line of JSON without its newline; milliseconds have three decimals, CPU seconds four."""
    values = {
        "type": "profile",
        "parts": _parts(profile.parts),
        "cpu_seconds_per_second": round(profile.cpu_seconds_per_second, 4),
        "real_time_factor": round(profile.real_time_factor, 4),
        "peak_memory_mb": round(profile.peak_memory_mb, 1),
        "streams": profile.streams,
        "drops": dict(profile.drops),
        "engine": profile.engine,
        "seconds": round(profile.seconds, 3),
        "threads": {name: round(seconds, 4) for name, seconds in profile.stages.items()},
        "cores": profile.cores,
        "streams_carried": profile.streams_carried,
        "growth_ms": _rounded(profile.growth_ms, 3),
        "partial_parts": _parts(profile.partial),
        "each_stream": [_percentiles(each) for each in profile.each],
        "batches": {str(size): count for size, count in sorted(profile.batches.items())},
        "processes": profile.processes,
        "memory_mb": round(profile.memory_mb, 1),
        "further_stream_mb": _rounded(profile.further_stream_mb, 1),
    }
    return json.dumps(values, allow_nan=False, separators=(",", ":"))


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _parts(parts: Mapping[str, Percentiles]) -> dict[str, dict[str, Any]]:
    return {name: _percentiles(part) for name, part in parts.items()}


def _percentiles(part: Percentiles) -> dict[str, Any]:
    return {name: round(value, 3) for name, value in asdict(part).items()}
