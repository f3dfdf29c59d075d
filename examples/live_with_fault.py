"""Plays a file live while its camera fails: ``python examples/live_with_fault.py talk.mp4``."""

import sys

import fsrf_live

with fsrf_live.listen(media=sys.argv[1], faults=["camera:unplug@0.2s+0.5s"]) as session:
    for record in session:
        if isinstance(record, fsrf_live.Event):
            print(f"{record.time_s:.1f} s: {record.source} is {record.state.value}")
        elif isinstance(record, fsrf_live.Reading):
            print(f"{record.end_s:.1f} s: {record.score:+.2f}, face {record.modalities['video'].state}")
