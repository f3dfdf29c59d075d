"""What a file sounds like: ``python examples/analyze_file.py talk.mp4``."""

import sys

import fsrf_live

for record in fsrf_live.analyze(sys.argv[1]):
    if isinstance(record, fsrf_live.Reading) and record.final:
        interval = f"[{record.low:+.2f}, {record.high:+.2f}]"
        print(f"{record.start_s:5.1f} s  {record.score:+.2f} {interval}  {record.text}")
    elif isinstance(record, fsrf_live.Summary):
        print(f"all of it: {record.label}, from {record.windows} windows")
