"""The fleet as ``list`` and ``top`` show it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fsrf_live.tools.fleet.core.catalogue import Catalogue, StreamEntry
from fsrf_live.tools.fleet.core.messages import Beat, Holding


def listing(catalogue: Catalogue, beats: Sequence[Beat], leader: str) -> Mapping[str, Any]:
    """Workers and streams as ``list`` and ``top`` show them."""
    held = {(h.name, h.epoch): h for beat in beats for h in beat.holdings}
    living = {beat.worker for beat in beats}
    return {
        "workers": [_worker(beat, leader) for beat in sorted(beats, key=lambda beat: beat.worker)],
        "streams": [
            _stream(entry, held.get((entry.name, entry.claim.epoch)) if entry.claim else None, living)
            for entry in _shown(catalogue)
        ],
    }


def _shown(catalogue: Catalogue) -> Iterator[StreamEntry]:
    return (entry for entry in sorted(catalogue, key=lambda entry: entry.name) if entry.wish != "stopped")


def _worker(beat: Beat, leader: str) -> Mapping[str, Any]:
    return {
        "worker": beat.worker,
        "leads": beat.worker == leader,
        "load": round(beat.load, 3),
        "streams": len(beat.holdings),
        "most": beat.most,
        "joined": beat.rank > 0,
        "free": beat.free and beat.rank > 0,
    }


def _stream(entry: StreamEntry, holding: Holding | None, living: set[str]) -> Mapping[str, Any]:
    owner = entry.owner if entry.owner in living else None
    if owner is None or holding is None:
        state = entry.wish if entry.wish == "ended" else "waiting" if owner is None else "starting"
        return {"stream": entry.name, "state": state, "worker": owner, "spec": entry.spec}
    return {
        "stream": entry.name,
        "state": holding.state,
        "worker": owner,
        "epoch": str(holding.epoch),
        "restarts": holding.restarts,
        **holding.news,
        "spec": entry.spec,
    }
